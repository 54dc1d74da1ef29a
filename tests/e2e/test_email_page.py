"""The e-mail page and the chooser when something is to be told: an address in doubt, a FI that will not answer.

U-02: axe finds nothing, whatever the width and the colours; each way on is a button, without JavaScript.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from federation import registry
from federation.models import PlannedOutage, Provider
from tests.factories.federation import fi, fs, identite
from tests.federation.journey.conftest import authorize_url
from tests.mirrors.name_server import NameServer
from tests.pages.test_accessibility import assert_axe_finds_nothing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.e2e]

LONG = "marie-christine.vandenberghe-delacroix@direction-departementale-des-territoires.exmples.gouv.fr"


@pytest.fixture
def ministry() -> Provider:
    identite()
    domain = LONG.partition("@")[2].replace("exmples", "exemples")
    return fi(title="Ministère des Exemples", domains=["exemples.gouv.fr", domain])


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(
    browser: Chromium,
    live_server: LiveServer,
    names: NameServer,
    ministry: Provider,
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """The e-mail page of a service."""
    context = browser.new_context(java_script_enabled=request.param, locale="fr-FR")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(live_server.url + authorize_url(fs(name="Démarches")))
    yield page
    assert not [each for each in complaints if "Content Security Policy" in each]
    context.close()


def give(page: Page, email: str) -> None:
    page.get_by_label("Email professionnel").fill(email)
    page.get_by_role("button", name="Continuer").click()


def check(page: Page, *, has_scripts: bool) -> None:
    """Axe is a script: it runs where scripts may."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter à Démarches")
    page.set_viewport_size({"width": 320, "height": 800})
    root = page.locator("html")
    assert root.evaluate("it => it.scrollWidth <= window.innerWidth")
    if has_scripts:
        assert_axe_finds_nothing(page)


@pytest.fixture
def has_scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.node.callspec.params["page"])


def test_u02_an_address_in_doubt(page: Page, has_scripts: bool) -> None:
    give(page, "marie@societe-disparue.fr")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Email professionnel")).to_have_value("marie@societe-disparue.fr")
    assert page.title().startswith("Erreur :")
    check(page, has_scripts=has_scripts)
    page.get_by_role("button", name="Garder mon adresse").click()
    page.wait_for_url("**/identite/**")


def test_u02_a_slip_with_its_suggestion(page: Page, has_scripts: bool) -> None:
    give(page, LONG)
    expect(page.get_by_text("Vouliez-vous écrire")).to_contain_text(LONG.replace("exmples", "exemples"))
    check(page, has_scripts=has_scripts)
    page.get_by_role("button", name="Prendre l’adresse proposée").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Service de connexion injoignable"
    )  # no such FI listens


def test_u02_a_planned_outage(page: Page, ministry: Provider, has_scripts: bool) -> None:
    announce(ministry)
    give(page, "camille@exemples.gouv.fr")
    notice = page.get_by_role("alert")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("Interruption prévue du")
    expect(notice).to_contain_text("« Ministère des Exemples » ne répondra peut-être pas.")
    expect(notice).to_contain_text("Le portail change de serveurs.")
    check(page, has_scripts=has_scripts)
    page.get_by_role("button", name="Essayer quand même").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Service de connexion injoignable")


def test_u02_a_planned_outage_in_the_chooser(page: Page, ministry: Provider, has_scripts: bool) -> None:
    announce(ministry)
    fi(title="Agence des Essais", domains=["exemples.gouv.fr"])
    give(page, "camille@exemples.gouv.fr")
    choice = page.get_by_role("radio", name="Ministère des Exemples")
    assert "Le portail change de serveurs." in page.locator("label", has_text="Ministère").inner_text()
    expect(choice).to_be_visible()
    check(page, has_scripts=has_scripts)


def announce(provider: Provider) -> None:
    now = timezone.now()
    PlannedOutage.objects.create(
        provider=provider,
        message="Le portail change de serveurs.",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=3),
    )
    registry.look_again()
