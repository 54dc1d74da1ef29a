"""A whole trip in a real browser, with scripts and without: FS → ProConnect → FI or Identité → FS."""

from uuid import uuid4

from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.mirrors.stack import Stack

AGENT = "camille.durand@exemples.gouv.fr"


def enter(visit: Visit, service: str) -> None:
    visit.page.goto(service)
    visit.press("ProConnect")


def sign_in_as_the_agent(visit: Visit, service: str) -> None:
    enter(visit, service)
    visit.type("Email professionnel", AGENT)
    visit.press("Continuer")
    visit.press("Camille Durand")


def expect_to_be_in(visit: Visit, service: str) -> None:
    expect(visit.page).to_have_url(f"{service}/moi")
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


def test_an_agent_enters_through_one_screen_of_ours(visit: Visit, stack: Stack) -> None:
    sign_in_as_the_agent(visit, stack.everybody)
    expect_to_be_in(visit, stack.everybody)
    expect(visit.page.get_by_text(AGENT)).to_be_visible()
    assert len(visit.screens) == 1
    assert not visit.foreign_requests
    assert not visit.complaints


def test_a_second_service_opens_without_any_screen(visit: Visit, stack: Stack) -> None:
    sign_in_as_the_agent(visit, stack.everybody)
    expect_to_be_in(visit, stack.everybody)
    visit.screens.clear()
    enter(visit, stack.agents)
    expect_to_be_in(visit, stack.agents)
    assert visit.screens == []


def test_signing_out_ends_the_session_and_comes_back_with_the_state(visit: Visit, stack: Stack) -> None:
    sign_in_as_the_agent(visit, stack.everybody)
    expect_to_be_in(visit, stack.everybody)
    visit.press("Se déconnecter")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    assert visit.page.url.startswith(f"{stack.everybody}/deconnexion/retour?state=")
    enter(visit, stack.agents)
    expect(visit.page.get_by_label("Email professionnel")).to_be_visible()


def test_an_agent_of_two_fi_picks_one(visit: Visit, stack: Stack) -> None:
    enter(visit, stack.agents)
    visit.type("Email professionnel", "alix.bernard@partage.gouv.fr")
    visit.press("Continuer")
    visit.page.get_by_text("Agence des Essais").click()
    visit.press("Continuer")
    visit.press("Alix Bernard")
    expect_to_be_in(visit, stack.agents)
    assert len(visit.screens) == 2


def test_somebody_with_an_account_signs_in_by_password(visit: Visit, stack: Stack) -> None:
    account = stack.account("jeanne.le-goff@logiciels-ponant.example")
    enter(visit, stack.everybody)
    visit.type("Email professionnel", account["email"])
    visit.press("Continuer")
    visit.type_password(account["password"])
    visit.press("Se connecter")
    expect_to_be_in(visit, stack.everybody)
    expect(visit.page.get_by_text(account["sirets"][0])).to_be_visible()
    assert len(visit.screens) == 2


def test_a_private_person_is_refused_where_only_agents_enter(visit: Visit, stack: Stack) -> None:
    account = stack.account("jeanne.le-goff@logiciels-ponant.example")
    enter(visit, stack.agents)
    visit.type("Email professionnel", account["email"])
    visit.press("Continuer")
    visit.type_password(account["password"])
    visit.press("Se connecter")
    expect(visit.page.get_by_text("Y500015")).to_be_visible()


def test_a_newcomer_enters_through_six_screens_at_most_and_types_nothing_twice(
    visit: Visit, stack: Stack
) -> None:
    newcomer = f"nouvelle.venue-{uuid4().hex[:8]}@menuiserie-bonbois.example"
    enter(visit, stack.everybody)
    visit.type("Email professionnel", newcomer)
    visit.press("Continuer")
    visit.press("Créer un compte")
    visit.type("Code reçu par e-mail", stack.wait_for_code(newcomer))
    visit.press("Continuer")
    visit.type("Prénom", "Nouvelle")
    visit.type("Nom d’usage", "Venue")
    visit.type_password("un rabot et trois copeaux dorés")
    visit.press("Continuer")
    visit.type("Numéro SIRET", "90299992900018")
    visit.press("Chercher")
    visit.press("Oui, continuer")
    expect_to_be_in(visit, stack.everybody)
    expect(visit.page.get_by_text("90299992900018")).to_be_visible()
    assert len(visit.screens) <= 6, visit.screens
    assert len(set(visit.typed)) == len(visit.typed)
