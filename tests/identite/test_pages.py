"""Every page of Identité in every state: structure, axe, 320 pixels, and what the mails look like."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from playwright.sync_api import Browser, Route

from identite.models import EmailDomain
from proconnect.platform import outbox
from tests.factories.identite import DINUM, SOFTWARE_COMPANY, TOWN_HALL, domain, user
from tests.identite.visitor import COMPLETED, Visitor, last_mail, link_of, time_passes
from tests.pages.conftest import SITE, answer
from tests.pages.test_accessibility import assert_axe_finds_nothing
from tests.pages.test_structure import Read

pytestmark = pytest.mark.django_db

EMAIL = "camille@logiciels-ponant.example"


def newcomer() -> Visitor:
    return Visitor(siret_hint="")


def member(*sirets: str) -> Visitor:
    visitor = Visitor(login_hint=user(email=EMAIL, sirets=sirets).email)
    visitor.signs_in()
    return visitor


def email() -> Visitor:
    return Visitor(login_hint="")


def email_wrong() -> Visitor:
    visitor = email()
    visitor.post("email", email="pas une adresse")
    return visitor


def password() -> Visitor:
    return newcomer()


def password_wrong() -> Visitor:
    visitor = newcomer()
    visitor.signs_in("x")
    return visitor


def password_too_often() -> Visitor:
    visitor = newcomer()
    for _ in range(11):
        visitor.signs_in("x")
    return visitor


def code() -> Visitor:
    visitor = newcomer()
    visitor.post("send-code")
    return visitor


def code_wrong() -> Visitor:
    visitor = code()
    for _ in range(3):
        visitor.post("code", code="0")
    return visitor


def code_sent_again() -> Visitor:
    visitor = code()
    time_passes(timedelta(seconds=61))
    visitor.post("send-code")
    return visitor


def code_too_soon() -> Visitor:
    visitor = code()
    visitor.post("send-code")
    return visitor


def account() -> Visitor:
    visitor = newcomer()
    visitor.post("code", code=visitor.asks_for_a_code())
    return visitor


def account_wrong() -> Visitor:
    visitor = account()
    visitor.post("account", given_name="", usual_name="4", password="court")
    return visitor


def organization() -> Visitor:
    return member()


def organization_unknown() -> Visitor:
    visitor = member()
    visitor.get(f"{visitor.url('organization')}?q=123456789")
    return visitor


def organizations_found() -> Visitor:
    visitor = member()
    visitor.get(f"{visitor.url('organization')}?q=exemple")
    return visitor


def another_organization() -> Visitor:
    visitor = member(SOFTWARE_COMPANY, TOWN_HALL)
    visitor.get("organization")
    return visitor


def confirmation() -> Visitor:
    visitor = member()
    visitor.get("confirm-organization", SOFTWARE_COMPANY)
    return visitor


def refusal() -> Visitor:
    domain(TOWN_HALL, "logiciels-ponant.example", EmailDomain.Status.REFUSED)
    visitor = member()
    visitor.post("confirm-organization", TOWN_HALL)
    return visitor


def choice() -> Visitor:
    return member(SOFTWARE_COMPANY, TOWN_HALL)


def choice_missing() -> Visitor:
    visitor = choice()
    visitor.post("choose-organization")
    return visitor


def moderation() -> Visitor:
    visitor = member()
    visitor.post("confirm-organization", DINUM)
    return visitor


def reset_sent() -> Visitor:
    visitor = newcomer()
    visitor.post("forgotten-password")
    return visitor


def _reset_link(visitor: Visitor | None = None) -> tuple[Visitor, str]:
    visitor = visitor or Visitor(login_hint=user(email=EMAIL).email)
    visitor.post("forgotten-password")
    return visitor, link_of(last_mail())


def reset() -> Visitor:
    visitor, link = _reset_link()
    visitor.response = visitor.client.get(link)
    return visitor


def reset_wrong() -> Visitor:
    visitor, link = _reset_link()
    typed = {"jeton": link.partition("jeton=")[2], "password": "court"}
    visitor.response = visitor.client.post("/identite/mot-de-passe/", typed)
    return visitor


def reset_done() -> Visitor:
    visitor = newcomer()
    visitor.get(f"/identite/mot-de-passe/change/{visitor.id}/")
    return visitor


def absent() -> Visitor:
    visitor = newcomer()
    visitor.response = Client().get(visitor.url("sign-in"))
    return visitor


WRONG = [email_wrong, password_wrong, password_too_often, code_wrong, code_too_soon, account_wrong]
WRONG += [organization_unknown, choice_missing, reset_wrong]
RIGHT = [
    email,
    password,
    code,
    code_sent_again,
    account,
    organization,
    organizations_found,
    another_organization,
]
RIGHT += [confirmation, choice, moderation, reset_sent, reset, reset_done]
STATES = [*RIGHT, *WRONG, refusal, absent]

State = Callable[[], Visitor]
each_state = pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)


@each_state
def test_a_page_has_one_heading_and_says_where_one_is(state: State) -> None:
    visitor = state()
    page = Read(visitor.text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert [len(page.all(tag)) for tag in ("h1", "title", "main")] == [1, 1, 1]
    assert len(ids) == len(set(ids))
    assert all(form.get("method") in ("get", "post") for form in page.all("form"))
    assert "no-store" in visitor.response["Cache-Control"]
    assert ("<title>Erreur :" in visitor.text) == (state in [*WRONG, refusal])


def test_titles_tell_pages_apart() -> None:
    titles = [
        state().text.partition("<title>")[2].partition("</title>")[0]
        for state in (email, password, code, reset_sent)
    ]
    assert len(set(titles)) == 4
    assert all("Démarches pour tous" in title for title in titles)


@pytest.mark.e2e
@each_state
def test_u02_axe_finds_nothing_and_nothing_overflows(state: State, browser: Browser) -> None:
    visitor = state()
    here = f"{SITE}/page/"

    def serve(route: Route) -> None:
        if route.request.url == here:
            route.fulfill(status=200, content_type="text/html", body=visitor.text)
        else:
            answer(route, visitor.client)

    context = browser.new_context()
    context.route("**/*", serve)
    page = context.new_page()
    page.goto(here)
    assert_axe_finds_nothing(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def test_mails_say_the_same_in_both_parts_and_weigh_little() -> None:
    code()
    known = Visitor(login_hint=user(email=EMAIL).email)
    known.post("send-code")
    visitor, link = _reset_link(known)
    visitor.client.post(
        "/identite/mot-de-passe/",
        {"jeton": link.partition("jeton=")[2], "password": COMPLETED["password"] + " ici"},
    )
    outbox.drain()
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        assert isinstance(message, EmailMultiAlternatives)
        html = str(message.alternatives[0][0])
        assert "\n" not in message.subject
        assert message.subject.strip() == message.subject
        assert "Bonjour" in message.body
        assert "Bonjour" in html
        assert "{" not in message.body
        assert len(html.encode()) < 60_000
