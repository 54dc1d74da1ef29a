"""A FS that asks as the Foundation's suite does, and the person who signs in when a page wants somebody."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx

from tests.federation.conformance import checks
from tests.federation.conformance.checks import Published
from tests.federation.conformance.relying_party import CALLBACK, Arrival, RelyingParty
from tests.federation.conformance.site import BASIC, EMAIL, PERSON, Registered, Site
from tests.mirrors.browser import Browser, Page

OTHER_ADDRESS = "Utiliser une autre adresse"


@dataclass(slots=True)
class Person:
    """``screens`` holds each page that waited for an act of this person, since they were last forgotten."""

    site: Site
    browser: Browser
    screens: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        """Where the browser stops, without an act of the person."""
        return self.browser.open(url)

    def go_on(self, page: Page, destination: str) -> Page:
        """Does what each page asks until the browser is at this site."""
        while not page.url.startswith(destination):
            page = self._act_on(page, destination)
        return page

    def _act_on(self, page: Page, destination: str) -> Page:
        if any(form.action.startswith(destination) for form in page.forms):
            checks.the_form_is_urlencoded_and_never_kept(page)
            return self.browser.submit(page, button="Continuer")  # with scripts it sends itself
        self.screens.append(page.url)
        if page.url.startswith(self.site.provider):
            return self.browser.submit(page, button=PERSON)
        if any(OTHER_ADDRESS in label for label, _ in page.links):
            return self.browser.follow(page, OTHER_ADDRESS)
        if any("email" in form.fields for form in page.forms):
            return self.browser.submit(page, email=EMAIL)
        raise AssertionError(f"nobody knows what to do at {page.url} ({page.status}): {page.words[:1000]}")

    def saw_the_login_page(self) -> bool:
        return any(screen.startswith(self.site.provider) for screen in self.screens)


@dataclass(frozen=True, slots=True)
class Flow:
    """One authorization taken to its end: what was asked, what came back."""

    asked: dict[str, str]
    answer: dict[str, Any]  # of the token endpoint
    claims: dict[str, Any]  # of the ID token

    @property
    def access_token(self) -> str:
        return str(self.answer["access_token"])

    @property
    def id_token(self) -> str:
        return str(self.answer["id_token"])


@dataclass(frozen=True, slots=True)
class Applicant:
    """One client of the suite under one plan: ``response_mode`` is empty where the plan leaves the default."""

    site: Site
    party: RelyingParty
    published: Published
    response_mode: str = ""
    client: Registered = BASIC

    # Asking

    def asks(self, **changes: str | None) -> dict[str, str]:
        """An ordinary request; what is None is not sent."""
        usual = {
            "client_id": self.client.client_id,
            "redirect_uri": self.party.callback,
            "scope": "openid",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "response_type": "code",
            "response_mode": self.response_mode or None,
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def url_of(self, asked: dict[str, str]) -> str:
        return f"{self.published.metadata['authorization_endpoint']}?{urlencode(asked)}"

    def flow(self, person: Person, **changes: str | None) -> Flow:
        """Every success flow of the suite, all its checks made."""
        asked = self.asks(**changes)
        return self.ends_well(asked, self.answered(person, asked))

    def answered(self, person: Person, asked: dict[str, str]) -> Arrival:
        return self.arrived_after(person, person.open(self.url_of(asked)))

    def arrived_after(self, person: Person, page: Page) -> Arrival:
        person.go_on(page, self.party.url)
        (arrival,) = self.party.take(CALLBACK)
        checks.the_answer_came_by_the_mode_asked(arrival, self.response_mode)
        return arrival

    def ends_well(self, asked: dict[str, str], arrival: Arrival) -> Flow:
        words = self.words_of(arrival)
        checks.the_callback_holds_a_code(words, asked, self.site.issuer)
        return self.exchanged(asked, words["code"])

    def is_refused(self, person: Person, *errors: str, **changes: str | None) -> dict[str, str]:
        """Without any page: the FS is told at once, by one of these errors."""
        asked = self.asks(**changes)
        person.screens.clear()
        arrival = self.answered(person, asked)
        assert person.screens == []
        words = self.words_of(arrival)
        checks.the_callback_holds_an_error(words, asked, self.site.issuer, errors)
        return words

    def words_of(self, arrival: Arrival) -> dict[str, str]:
        return arrival.form if self.response_mode == "form_post" else arrival.query

    # Tokens

    def exchanged(self, asked: dict[str, str], code: str, **more: str) -> Flow:
        answer = checks.the_token_response_is_complete(self.redeem(code, **more))
        claims = checks.the_id_token_is_valid(answer, asked, self.client.client_id, self.published)
        flow = Flow(asked, answer, claims)
        checks.userinfo_is_about_the_same_person(self.userinfo(flow.access_token), claims)
        return flow

    def redeem(self, code: str, **more: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.party.callback}
        return self.post("token_endpoint", {**form, **more})

    def refresh(self, refresh_token: str) -> httpx.Response:
        return self.post("token_endpoint", {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def post(self, endpoint: str, form: dict[str, str]) -> httpx.Response:
        """With the authentication this client registered (OIDC Core 9)."""
        if self.client.method == "client_secret_post":
            form = form | {"client_id": self.client.client_id, "client_secret": self.client.secret}
            return self.site.http.post(self.published.metadata[endpoint], data=form)
        known = f"{quote_plus(self.client.client_id)}:{quote_plus(self.client.secret)}"
        header = {"Authorization": "Basic " + base64.b64encode(known.encode()).decode()}
        return self.site.http.post(self.published.metadata[endpoint], data=form, headers=header)

    def userinfo(self, access_token: str) -> httpx.Response:
        return self.site.http.get(
            self.published.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {access_token}"}
        )
