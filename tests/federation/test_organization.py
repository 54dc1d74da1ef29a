"""What a FS is told of the person's organisation, the registers answering or not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as wired
from structlog.testing import capture_logs

from federation.journey import organization
from federation.journey.organization import NOTHING_KNOWN, ON_RIE, UNVERIFIED, told
from identite.connectors.establishments import SourceUnavailable
from identite.connectors.sample import SampleRegistry
from identite.models import Organization
from proconnect.settings.env import Network
from tests.factories.identite import DINUM, SOFTWARE_COMPANY
from tests.kernel.test_organization import organization as facts

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
PUBLIC = ("agent_public", "agent_public_etat")


@pytest.fixture
def registers_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_down(*args: Any) -> None:
        raise SourceUnavailable

    monkeypatch.setattr(SampleRegistry, "fetch", is_down)


def known_since(age: timedelta) -> None:
    """The registers were asked about the DINUM that long ago."""
    organization.of(DINUM, now=NOW)
    row = Organization.objects.get(siret=DINUM)
    row.fetched_at = NOW - age
    row.facts["known_at"] = row.fetched_at.isoformat()
    row.save()


@pytest.mark.parametrize(
    ("age", "is_strict", "roles"),
    [
        pytest.param(timedelta(hours=1), True, PUBLIC, id="fresh, strict"),
        pytest.param(timedelta(days=9), False, PUBLIC, id="old"),
        pytest.param(timedelta(days=9), True, (), id="old, strict"),
    ],
)
def test_old_facts_give_roles_unless_the_deployment_is_strict(
    age: timedelta, is_strict: bool, roles: tuple[str, ...]
) -> None:
    said = told(facts(known_at=NOW - age), now=NOW, is_strict=is_strict)
    assert (said.label, said.roles) == ("Direction interministérielle du numérique", roles)
    assert said.is_unverified is not bool(roles)


@pytest.mark.parametrize(("is_strict", "roles"), [("no", PUBLIC), ("yes", ())])
def test_f25_an_agent_of_a_known_organisation_enters_while_the_registers_are_down(
    request: pytest.FixtureRequest, settings: Any, is_strict: str, roles: tuple[str, ...]
) -> None:
    known_since(timedelta(days=9))
    request.getfixturevalue("registers_down")
    settings.ENV = replace(wired.ENV, strict_organization_facts=is_strict == "yes")
    assert organization.of(DINUM, now=NOW).roles == roles


def test_f25_the_age_of_what_serves_is_told(
    request: pytest.FixtureRequest, django_capture_on_commit_callbacks: Any
) -> None:
    known_since(timedelta(days=9))
    request.getfixturevalue("registers_down")
    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        organization.of(DINUM, now=NOW)
    (line,) = (each for each in lines if each["event"] == "ORGANIZATION_FACTS_OLD")
    assert (line["siret"], line["days"]) == (DINUM, "9")


def test_an_organisation_nobody_ever_spoke_of_gives_no_role(registers_down: None) -> None:
    assert organization.of(DINUM, now=NOW) == UNVERIFIED


@pytest.mark.parametrize("siret", ["", "x", "11009001600053"])
def test_no_organisation_gives_no_role(siret: str) -> None:
    assert organization.of(siret, now=NOW) == NOTHING_KNOWN


def test_a_company_has_a_label_and_no_role() -> None:
    assert organization.of(SOFTWARE_COMPANY, now=NOW) == organization.Told(
        "Logiciels du Ponant (exemple)", ()
    )


def test_on_rie_everybody_is_a_public_agent_and_no_register_is_asked(
    settings: Any, registers_down: None
) -> None:
    settings.ENV = replace(wired.ENV, network=Network.RIE)
    assert organization.of(DINUM, now=NOW) == ON_RIE
