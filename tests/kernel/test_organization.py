"""What an organisation is, from what the registers say of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from proconnect.kernel.organization import OrganizationFacts
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
