"""What an organisation is, from what the registers say of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from proconnect.kernel import organization as rules
from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.public_bodies import PublicBodies, public_bodies
from proconnect.kernel.siret import Siret


def organization(**changes: Any) -> OrganizationFacts:
    usual: dict[str, Any] = {
        "siret": Siret("13002526500013"),
        "label": "Direction interministérielle du numérique",
        "is_active": True,
        "is_diffusible": True,
        "legal_category": "7120",
        "legal_category_label": "Service central d’un ministère",
        "activity": "84.11Z",
        "headcount_bracket": "22",
        "address": "20 avenue de Ségur",
        "postcode": "75007",
        "city_code": "75107",
        "contact_email": None,
        "domains": (),
        "known_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    return OrganizationFacts(**(usual | changes))


@pytest.mark.parametrize(
    ("category", "roles"),
    [
        pytest.param("7120", ("agent_public", "agent_public_etat"), id="ministry"),
        pytest.param("7210", ("agent_public", "agent_public_territorial"), id="town"),
        pytest.param("7220", ("agent_public", "agent_public_territorial"), id="département"),
        pytest.param("7364", ("agent_public", "agent_public_hospitalier"), id="hospital"),
        pytest.param("7383", ("agent_public",), id="public establishment"),
        pytest.param("5710", (), id="SAS"),
        pytest.param("9220", (), id="association"),
        pytest.param("1000", (), id="sole trader"),
        pytest.param("", (), id="no category"),
    ],
)
def test_s088_roles_come_from_the_legal_category(category: str, roles: tuple[str, ...]) -> None:
    assert organization(legal_category=category).roles == roles


def test_a_closed_public_service_makes_no_public_agent() -> None:
    closed = organization(is_active=False)
    assert not closed.is_public_service
    assert closed.roles == ()


@pytest.mark.parametrize(
    ("category", "headcount", "answer"),
    [
        ("1000", None, True),
        ("1000", "NN", True),
        ("5498", "00", True),
        ("5720", "01", True),
        ("1000", "02", False),
        ("5710", None, False),
        ("7120", None, False),
    ],
)
def test_one_person_companies(category: str, headcount: str | None, answer: bool) -> None:
    assert organization(legal_category=category, headcount_bracket=headcount).is_unipersonnelle is answer


@pytest.mark.parametrize(
    ("category", "answer"), [("7210", True), ("7312", True), ("7313", True), ("7220", False)]
)
def test_communes(category: str, answer: bool) -> None:
    assert organization(legal_category=category).is_commune is answer


CNRS = Siret("18008901303720")
COMPANY = Siret("90199991200016")


def bodies(**lists: list[str]) -> PublicBodies:
    nobody: dict[str, Any] = {"state_operators": [], "public": [], "not_public": []}
    return PublicBodies.read(json.dumps({"dated": "2026-01-01", "sources": {}} | nobody | lists))


@pytest.mark.parametrize(
    ("category", "lists", "roles"),
    [
        pytest.param(
            "5710", {"state_operators": ["901999912"]}, ("agent_public", "agent_public_etat"), id="operator"
        ),
        pytest.param("5710", {"public": ["901999912"]}, ("agent_public",), id="public whatever its category"),
        pytest.param("7120", {"not_public": ["901999912"]}, (), id="not public whatever its category"),
        pytest.param(
            "5710",
            {"not_public": ["901999912"], "state_operators": ["901999912"]},
            (),
            id="the refusal first",
        ),
        pytest.param("", {"public": ["901999912"]}, (), id="no category"),
        pytest.param(
            "7210",
            {"state_operators": ["901999912"]},
            ("agent_public", "agent_public_etat", "agent_public_territorial"),
            id="both",
        ),
    ],
)
def test_s088_dated_lists_mend_the_legal_category(
    monkeypatch: pytest.MonkeyPatch, category: str, lists: dict[str, list[str]], roles: tuple[str, ...]
) -> None:
    monkeypatch.setattr(rules, "public_bodies", lambda: bodies(**lists))
    assert organization(siret=COMPANY, legal_category=category).roles == roles
    assert organization(siret=COMPANY, legal_category=category, is_active=False).roles == ()


def test_the_delivered_lists_know_an_operator_of_the_state() -> None:
    assert organization(siret=CNRS, legal_category="7383").roles == ("agent_public", "agent_public_etat")
    assert public_bodies().dated


def test_a_list_holds_siren_alone() -> None:
    with pytest.raises(ValueError, match="not a SIREN: 130025266"):
        bodies(public=["130025266"])


def test_a_list_is_written_as_it_is_read() -> None:
    assert PublicBodies.read(public_bodies().written()) == public_bodies()


@pytest.mark.parametrize(("age", "is_fresh"), [(0, True), (23, True), (24, False), (240, False)])
def test_facts_are_fresh_for_a_day(age: int, is_fresh: bool) -> None:
    facts = organization()
    assert facts.is_fresh(facts.known_at + timedelta(hours=age)) is is_fresh
