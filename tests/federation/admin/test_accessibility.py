"""The operators' site in a real browser: axe, the policy, and the door without JavaScript (U-02, S-158)."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from federation.models import ProviderCheck, ProviderDefect
from identite.second_factor import totp
from proconnect.platform.audit import audit
from proconnect.platform.models import OutboxMessage
from tests.factories.federation import account, fi, fs, identite
from tests.federation.admin.conftest import PASSWORD, EnteredAs, code_of, operator
from tests.federation.op.asking import a_code
from tests.pages.test_accessibility import assert_axe_finds_nothing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.e2e]

Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, live_server: LiveServer) -> Iterator[Opens]:
    """Opens a path, as somebody who is in or not."""
    contexts: list[BrowserContext] = []

    def page_at(
        path: str, client: Client | None = None, *, javascript: bool = True, console: list[str] | None = None
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url, java_script_enabled=javascript, locale="fr-FR", reduced_motion="reduce"
        )
        contexts.append(context)
        if client:
            name = settings.ADMIN_SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: None if console is None else console.append(message.text))
        page.goto(path)
        return page

    yield page_at
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "federation/client/",
        "federation/client/{client}/change/",
        "federation/client/{client}/secret/",
        "federation/provider/add/",
        "federation/provider/{provider}/change/",
        "federation/provider/{identite}/proposer/",
        "federation/account/{account}/change/",
        "federation/account/{account}/bloquer/",
        "federation/account/{account}/sessions/fermer/",
        "federation/account/{account}/absorber/",
        "platform/outboxmessage/",
        "platform/auditentry/",
        "identite/user/add/",
    ],
)
def test_s158_u02_axe_finds_nothing_nor_the_policy(opens: Opens, entered_as: EnteredAs, path: str) -> None:
    provider = fi(domains=["interieur.gouv.fr"])
    ProviderCheck.objects.create(
        provider=provider,
        at=timezone.now(),
        passed=False,
        findings=[{"check": "keys", "outcome": "failure", "detail": "Aucune clé."}],
        asked_by="manage.py fi check",
    )
    ProviderDefect.objects.create(
        provider=provider, day=timezone.now(), claim="siret", defect="missing", count=2
    )
    person = account(at=provider)
    a_code(fs(), person)
    OutboxMessage.objects.create(task="test", payload="", dead_at=timezone.now(), last_error="HTTP 500")
    audit("someone", "client.change", "my-service", after={"name": "b"})
    path = path.format(client=fs().pk, account=person.pk, provider=provider.pk, identite=identite().pk)
    complaints: list[str] = []
    page = opens(f"/admin/{path}", entered_as(is_superuser=True), console=complaints)
    assert "Administration de ProConnect" in page.title()
    assert not complaints
    assert_axe_finds_nothing(page)


@pytest.mark.parametrize("path", ["federation/client/add/", "federation/provider/add/", "identite/user/add/"])
def test_u02_axe_finds_nothing_once_the_form_has_errors(
    opens: Opens, entered_as: EnteredAs, path: str
) -> None:
    page = opens(f"/admin/{path}", entered_as(is_superuser=True))
    page.locator("form").evaluate_all("forms => forms.forEach(form => { form.noValidate = true })")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.wait_for_load_state()
    assert page.title().startswith("Erreur\N{NO-BREAK SPACE}:")
    assert_axe_finds_nothing(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_u02_the_door_opens_with_and_without_javascript(opens: Opens, javascript: bool) -> None:
    user = operator()
    secret = totp.enrol_totp(user)
    page = opens("/admin/", javascript=javascript)
    if javascript:
        assert_axe_finds_nothing(page)
    page.get_by_label("Adresse e-mail professionnelle").fill(user.email)
    page.get_by_role("textbox", name="Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    if javascript:
        assert_axe_finds_nothing(page)
    page.get_by_label("Code à 6 chiffres").fill(code_of(secret))
    page.get_by_role("button", name="Entrer").click()
    assert page.get_by_role("heading", level=1).text_content() == "Accueil"


def test_u02_the_first_entry_shows_a_code_to_scan_and_its_text(opens: Opens) -> None:
    user = operator()
    page = opens("/admin/")
    page.get_by_label("Adresse e-mail professionnelle").fill(user.email)
    page.get_by_role("textbox", name="Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    assert page.get_by_role("img", name="Code QR à scanner").is_visible()
    assert_axe_finds_nothing(page)
    secret = (page.locator("#totp-key-text").text_content() or "").replace(" ", "")
    page.get_by_label("Code à 6 chiffres").fill(code_of(secret))
    page.get_by_role("button", name="Confirmer").click()
    assert page.get_by_role("heading", level=1).text_content() == "Accueil"
