"""What the registers say, and what is remembered of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from identite.connectors.establishments import SourceUnavailable
from identite.connectors.sample import SampleRegistry
from identite.models import Organization
from identite.organizations.directory import Directory
from proconnect.kernel import outbound
from proconnect.kernel.contracts.organization_directory import DirectoryUnavailable, organization_directory
from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.outbound.breaker import FAILURES_TOLERATED
from proconnect.kernel.siret import Siret
from tests.factories.identite import (
    CLOSED_SHOP,
    DINUM,
    HIDDEN_COMPANY,
    MINISTRY,
    POST_OFFICE,
    SOFTWARE_COMPANY,
    TOWN_HALL,
)

pytestmark = pytest.mark.django_db


class Source:
    """A registry that counts what it is asked, and stops answering on order."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False
        self.registry = SampleRegistry()

    def fetch(self, siret: Siret) -> OrganizationFacts | None:
        self.asked += 1
        if self.is_down:
            raise SourceUnavailable
        return self.registry.fetch(siret)

    def search(self, words: str, *, limit: int) -> list[OrganizationFacts]:
        if self.is_down:
            raise SourceUnavailable
        return self.registry.search(words, limit=limit)


def found(siret: str) -> OrganizationFacts:
    facts = Directory().find(Siret.parse(siret))
    assert facts
    return facts


def test_the_directory_answers_the_contract():
    directory = organization_directory()
    assert isinstance(directory, Directory)
    assert found(DINUM).is_public_service


def test_facts_are_asked_once_a_day():
    source = Source()
    for _ in range(3):
        Directory(source).find(Siret.parse(DINUM))
    assert source.asked == 1
    Organization.objects.update(fetched_at=timezone.now() - timedelta(hours=25))
    Directory(source).find(Siret.parse(DINUM))
    assert source.asked == 2


def test_what_is_remembered_is_what_was_said():
    said, remembered = found(TOWN_HALL), found(TOWN_HALL)
    assert said == remembered
    assert remembered.siret == Siret.parse(TOWN_HALL)


def test_the_last_known_facts_serve_when_the_source_is_down():
    source = Source()
    known = Directory(source).find(Siret.parse(DINUM))
    Organization.objects.update(fetched_at=timezone.now() - timedelta(days=9))
    source.is_down = True
    assert Directory(source).find(Siret.parse(DINUM)) == known


def test_f25_a_source_that_fails_in_a_row_is_left_alone():
    source = Source()
    source.is_down = True
    for _ in range(20):
        with pytest.raises(DirectoryUnavailable):
            Directory(source).find(Siret.parse(DINUM))
    assert source.asked == FAILURES_TOLERATED


def test_f25_the_last_known_facts_then_serve_at_once():
    source = Source()
    known = Directory(source).find(Siret.parse(DINUM))
    Organization.objects.update(fetched_at=timezone.now() - timedelta(days=9))
    source.is_down = True
    for _ in range(20):
        assert Directory(source).find(Siret.parse(DINUM)) == known
    assert source.asked == 1 + FAILURES_TOLERATED


def test_f25_a_slow_source_is_given_two_seconds():
    """What it may wait for a socket is bounded by the deadline of the whole call."""
    allowed = []

    class Slow(Source):
        def fetch(self, siret: Siret) -> OrganizationFacts | None:
            allowed.append(outbound.seconds_left())
            return super().fetch(siret)

    Directory(Slow()).find(Siret.parse(DINUM))
    assert 0 < allowed[0] <= 2


def test_nothing_known_and_the_source_down_is_said_so():
    source = Source()
    source.is_down = True
    with pytest.raises(DirectoryUnavailable):
        Directory(source).find(Siret.parse(DINUM))
    with pytest.raises(DirectoryUnavailable):
        Directory(source).search("dinum")


def test_an_unknown_siret_is_none_and_leaves_no_row():
    assert Directory().find(Siret.parse("11009001600053")) is None
    assert not Organization.objects.exists()


@pytest.mark.parametrize(
    ("words", "siret"),
    [
        ("logiciels ponant", SOFTWARE_COMPANY),
        ("LOGICIELS", SOFTWARE_COMPANY),
        ("29200", SOFTWARE_COMPANY),
        ("ministere exemples", MINISTRY),
        ("clairfontaine", TOWN_HALL),
    ],
)
def test_search_by_name_or_postcode(words, siret):
    assert siret in [each.siret.number for each in Directory().search(words)]


def test_search_finds_neither_closed_nor_hidden_organisations():
    assert Directory().search("papeterie") == []
    assert Directory().search("entreprise non diffusible") == []


def test_the_sample_has_the_shapes_that_matter():
    from stdnum import luhn

    assert not found(CLOSED_SHOP).is_active
    assert not found(HIDDEN_COMPANY).is_diffusible
    assert not luhn.is_valid(POST_OFFICE), "La Poste follows its own rule"
    assert found(POST_OFFICE).label.startswith("La Poste")
    assert found(TOWN_HALL).is_commune
    assert "agent_public_territorial" in found(TOWN_HALL).roles
    assert "agent_public_etat" in found(MINISTRY).roles
    assert found(SOFTWARE_COMPANY).roles == ()
    assert len({each.siret for each in Directory().search("", limit=99)}) >= 14
