"""U-02: axe finds nothing on the pages of a trip, whatever the width, the colours and the state."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.mirrors.stack import Stack
from tests.pages.test_accessibility import assert_axe_finds_nothing


@pytest.fixture
def page(browser: Chromium, stack: Stack) -> Iterator[Page]:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    yield page
    assert not [each for each in complaints if "Content Security Policy" in each]
    context.close()


def enter(page: Page, service: str, **asked: str) -> None:
    page.goto(f"{service}/connexion?{urlencode(asked)}")


def go_on(page: Page, email: str) -> None:
    page.get_by_label("Email professionnel").fill(email)
    page.get_by_role("button", name="Continuer").click()


def fits_a_phone(page: Page) -> bool:
    page.set_viewport_size({"width": 320, "height": 800})
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def check(page: Page, heading: str) -> None:
    assert heading in page.get_by_role("heading", level=1).inner_text()
    assert_axe_finds_nothing(page)
    assert fits_a_phone(page)


def test_u02_the_email_page(page: Page, stack: Stack) -> None:
    enter(page, stack.everybody)
    check(page, "Se connecter à Démarches pour tous")
    go_on(page, "camille@")
    assert page.title().startswith("Erreur :")
    check(page, "Se connecter à Démarches pour tous")


def test_u02_the_choice_among_several_fi(page: Page, stack: Stack) -> None:
    enter(page, stack.everybody)
    go_on(page, "alix.bernard@partage.gouv.fr")
    check(page, "Se connecter à Démarches pour tous")
    page.get_by_role("button", name="Continuer").click()
    assert page.title().startswith("Erreur :")
    check(page, "Se connecter à Démarches pour tous")


def test_u02_the_code_by_email(page: Page, stack: Stack) -> None:
    demand = {"id_token": {"acr": {"essential": True, "value": "eidas1-mfa"}}}
    enter(page, stack.everybody, claims=json.dumps(demand))
    go_on(page, f"agent-{uuid4().hex[:8]}@essais.gouv.fr")
    page.get_by_role("button", name="Se connecter").click()
    check(page, "Saisissez le code reçu par e-mail")
    page.get_by_label("Code reçu par e-mail").fill("1234567890")
    page.get_by_role("button", name="Continuer").click()
    assert page.title().startswith("Erreur :")
    check(page, "Saisissez le code reçu par e-mail")
    page.get_by_role("button", name="Renvoyer un code").click()
    assert page.get_by_text("Y170001").first.is_visible()
    check(page, "Saisissez le code reçu par e-mail")


def test_u02_a_service_that_loops(page: Page, stack: Stack) -> None:
    for _ in range(6):
        enter(page, stack.agents)
    check(page, "Le service vous renvoie sans cesse ici")


def test_u02_a_refusal(page: Page, stack: Stack) -> None:
    enter(page, stack.everybody)
    go_on(page, "noa.simon@exemples.gouv.fr")
    page.get_by_role("button", name="Noa Simon").click()
    assert page.get_by_text("Y500027").first.is_visible()
    assert_axe_finds_nothing(page)
    assert fits_a_phone(page)


def test_u02_a_request_that_cannot_be_answered(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.issuer}/authorize?client_id=nobody")
    assert page.get_by_role("heading", level=1).count() == 1
    assert_axe_finds_nothing(page)
    assert fits_a_phone(page)


def test_u02_signing_out(page: Page, stack: Stack) -> None:
    enter(page, stack.everybody)
    go_on(page, "camille.durand@exemples.gouv.fr")
    page.get_by_role("button", name="Camille Durand").click()
    page.goto(f"{stack.issuer}/session/end")
    check(page, "déconnecter")
    page.get_by_role("button", name="Me déconnecter").click()
    check(page, "Vous êtes déconnecté")


@pytest.mark.parametrize("path", ["/demo/mails/", "/", "/plan-du-site/"])
def test_u02_the_pages_around_a_trip(page: Page, stack: Stack, path: str) -> None:
    page.goto(f"{stack.site}{path}")
    assert_axe_finds_nothing(page)
    assert fits_a_phone(page)


def test_u02_the_mirrors_themselves(page: Page, stack: Stack) -> None:
    for url in (
        stack.everybody,
        f"{stack.everybody}/connexion/parametres",
        f"{stack.ministry}/",
        f"{stack.agency}/",
    ):
        page.goto(url)
        assert_axe_finds_nothing(page)
    enter(page, stack.everybody)
    go_on(page, "camille.durand@exemples.gouv.fr")
    assert_axe_finds_nothing(page)
    page.get_by_role("button", name="Camille Durand").click()
    check(page, "Bonjour Camille Durand")
