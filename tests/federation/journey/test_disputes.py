"""A FI that gives one person's sub, or address, to another."""

import pytest
from django.test import Client as Browser

from federation.models import Account, AccountLink, Client, SsoSession
from tests.federation.journey.trip import Trip, answered, code_on
from tests.mirrors.provider.double import DemoProvider

SOMEBODY_ELSE = {"given_name": "Dominique", "usual_name": "Petit", "email": "d.petit@exemples.gouv.fr"}


@pytest.fixture
def trip(navigator: Browser, service: Client) -> Trip:
    return Trip(navigator, service)


def test_s075_a_sub_given_to_somebody_else_opens_no_session(
    trip: Trip, ministry, demo_provider: DemoProvider
) -> None:
    trip.through(demo_provider)
    page = trip.through(demo_provider, said=SOMEBODY_ELSE, prompt="login")
    assert code_on(page) == "Y500028"
    assert page.status_code == 403
    assert "support@proconnect.gouv.fr" in page.content.decode()
    assert SOMEBODY_ELSE["email"] not in page.content.decode()
    assert AccountLink.objects.get().disputed_at
    assert SsoSession.objects.count() == 1


def test_the_sub_serves_nobody_until_the_team_has_settled_it(
    trip: Trip, ministry, demo_provider: DemoProvider
) -> None:
    trip.through(demo_provider)
    trip.through(demo_provider, said=SOMEBODY_ELSE, prompt="login")
    assert code_on(trip.through(demo_provider, prompt="login")) == "Y500028"


def test_a_wedding_or_a_move_is_no_dispute(trip: Trip, ministry, demo_provider: DemoProvider) -> None:
    trip.through(demo_provider)
    for change in ({"usual_name": "Petit"}, {"usual_name": "Petit", "email": "c.petit@exemples.gouv.fr"}):
        assert answered(trip.through(demo_provider, said=change, prompt="login"))["code"]
    assert Account.objects.count() == 1


def test_s078_an_address_given_to_another_sub_opens_another_account(
    trip: Trip, ministry, demo_provider: DemoProvider
) -> None:
    trip.through(demo_provider)
    assert answered(trip.through(demo_provider, said={"sub": "agent-2"}, prompt="login"))["code"]
    assert Account.objects.count() == 2
