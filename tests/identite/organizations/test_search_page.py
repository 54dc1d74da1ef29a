"""The page where a person finds their organisation."""

import pytest

from identite.connectors.establishments import SourceUnavailable
from identite.connectors.sample import SampleRegistry
from identite.models import Moderation
from tests.factories.identite import CLOSED_SHOP, HIDDEN_COMPANY, POST_OFFICE, SOFTWARE_COMPANY, user
from tests.identite.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor():
    visitor = Visitor(login_hint=user(email="nora@logiciels-ponant.example").email)
    visitor.signs_in()
    assert visitor.page == "organization"
    return visitor


def search(visitor: Visitor, words: str) -> None:
    visitor._arrive(visitor.client.get(visitor.url("organization"), {"q": words}))


@pytest.mark.parametrize(
    "typed", [SOFTWARE_COMPANY, "901 999 912 00016", "901-999-912-00016", "901\u00a0999\u00a0912\u202f00016"]
)
def test_s141_a_siret_is_taken_with_its_spaces(visitor, typed):
    search(visitor, typed)
    assert visitor.page == "confirm-organization"
    assert "Logiciels du Ponant" in visitor.text


def test_s141_la_poste_is_found_in_spite_of_luhn(visitor):
    search(visitor, POST_OFFICE)
    assert visitor.page == "confirm-organization"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("90199991200017", "n’est pas un SIRET"),
        ("901999912", "n’est pas un SIRET"),
        ("9" * 40, "n’est pas un SIRET"),
        ("11009001600053", "Aucune organisation ne porte ce numéro"),
        (CLOSED_SHOP, "est fermée"),
        ("n’existe pas", "Aucune organisation trouvée"),
        ("", "Saisissez un numéro SIRET"),
        ("x" * 121, "120 caractères"),
        ("<script>alert(1)</script>", "Aucune organisation trouvée"),
    ],
)
def test_s141_what_cannot_be_joined_is_said_clearly_and_the_words_are_kept(visitor, typed, told):
    search(visitor, typed)
    assert visitor.page == "organization"
    assert visitor.response.status_code == 400
    assert told in visitor.text
    assert "<script>alert" not in visitor.text
    if typed and "<" not in typed:
        assert f'value="{typed}"' in visitor.text


@pytest.mark.parametrize("siret", ["90199991200017", "x", "11009001600053", CLOSED_SHOP])
def test_s141_the_confirmation_page_refuses_the_same(visitor, siret):
    for act in (visitor.get, visitor.post):
        act("confirm-organization", siret)
        assert visitor.page == "organization"
        assert visitor.response.status_code == 400


def test_results_lead_to_their_confirmation(visitor):
    search(visitor, "29200")
    assert visitor.url("confirm-organization", SOFTWARE_COMPANY) in visitor.text
    assert "14 quai de la Donnée" in visitor.text


def test_a_hidden_organisation_shows_no_more_than_the_register(visitor):
    search(visitor, HIDDEN_COMPANY)
    assert "Entreprise non diffusible" in visitor.text
    visitor.post("confirm-organization", HIDDEN_COMPANY)
    assert Moderation.objects.get().organization_id == HIDDEN_COMPANY


def test_a_register_that_does_not_answer_is_no_mistake_of_the_person(visitor, monkeypatch):
    def is_down(*args, **options):
        raise SourceUnavailable

    monkeypatch.setattr(SampleRegistry, "fetch", is_down)
    monkeypatch.setattr(SampleRegistry, "search", is_down)
    for typed in (SOFTWARE_COMPANY, "logiciels"):
        search(visitor, typed)
        assert "ne répond pas" in visitor.text
