"""What a FI sent that had to be mended, after a whole trip: told to the FS, and counted for the FI."""

import pytest
from django.test import Client as Browser

from federation.models import Client, Provider, ProviderDefect
from federation.rp import quality
from federation.rp.quality import Tally
from tests.federation.journey.trip import Trip, answered, code_on
from tests.mirrors.provider.double import DemoProvider


@pytest.fixture(autouse=True)
def _nothing_counted_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "_tally", Tally())


@pytest.fixture
def trip(navigator: Browser, service: Client) -> Trip:
    return Trip(navigator, service)


def counted(ministry: Provider) -> dict[tuple[str, str], int]:
    quality.write()
    rows = ProviderDefect.objects.filter(provider=ministry)
    return {(row.claim, row.defect): row.count for row in rows}


def test_a_siret_that_is_missing_is_replaced_told_and_counted(
    trip: Trip, ministry: Provider, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(userinfo={"siret": None, "phone_number": "x"})
    given = trip.redeem(answered(trip.through(demo_provider))["code"])
    told = trip.browser.get(
        "/api/v2/userinfo", headers={"authorization": f"Bearer {given['access_token']}"}
    ).json()
    assert (told["siret"], told["siret_source"]) == ("13002526500013", "fi")
    found = counted(ministry)
    assert found["siret", "missing"] == found["siret", "defaulted"] == found["phone_number", "dropped"] == 1
    assert found["", "received"] == 1


def test_an_identity_that_is_refused_is_counted_with_all_its_faults(
    trip: Trip, ministry: Provider, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(userinfo={"email": "x", "given_name": ["Camille"], "badge": 12})
    page = trip.through(demo_provider)
    assert code_on(page) == "Y500006"
    assert "email, given_name" in page.content.decode()
    found = counted(ministry)
    assert found["email", "refused"] == found["given_name", "refused"] == found["badge", "received"] == 1
