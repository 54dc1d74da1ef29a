"""Each way of being refused, once: the page, or the OAuth error, and the one line the journal keeps of it.

A line says the code or the error, why, the FS when it is known, the journey when there is one; and no secret, nor who.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import include, path
from django.utils import timezone

from federation import registry
from federation.errors import FederationError
from federation.models import Account, Client, Provider
from federation.op.request import CHECKS
from identite.errors import IdentiteError
from proconnect.observability import logs
from proconnect.pages.errors import SiteError
from proconnect.platform import limiter
from proconnect.platform.errors import PlatformError
from proconnect.platform.redis_store import StoreUnavailable
from tests.factories.federation import SECRET, fi, fs
from tests.factories.identite import SOFTWARE_COMPANY, user
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import AGENT
from tests.federation.op.asking import TOKEN, USERINFO, ask, basic
from tests.mirrors.provider.double import DemoProvider, answer_in
from tests.mirrors.relay import RELAY_KEYS, relaying
from tests.security.surfer import Surfer, found, last_mail

EVIL = "https://evil.example/callback"
SECRETS = {
    "state": "a-state-that-only-the-fs-knows",
    "nonce": "a-nonce-that-only-the-fs-knows",
    "secret": SECRET,
    "wrong secret": "a-wrong-secret-0123456789-a-wrong-secret",
    "token": "At0-a-token-that-nobody-gave-0123456789-ABCDEF",
    "address": AGENT,
}
SECOND_FACTOR = json.dumps(
    {"id_token": {"acr": {"essential": True, "values": ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]}}}
)


@dataclass
class Scene:
    """A person, a FS, and their ministry's FI."""

    surfer: Surfer
    service: Client
    ministry: Provider
    fi: DemoProvider
    env: Any
    redis_url: str
    seen: list[str] = field(default_factory=list)  # what must enter no line

    def asks(self, **asked: str) -> None:
        known = {name: SECRETS[name] for name in ("state", "nonce")}
        self.surfer.open(authorize_url(self.service, **known | asked))

    def goes(self, email: str = AGENT, **asked: str) -> None:
        self.asks(**asked)
        self.surfer.submit(email=email)

    def signs_in(self, said: dict[str, str] | None = None, **asked: str) -> str:
        """The address the FI sent them back to, which they opened."""
        self.goes(**asked)
        back = self.fi.sign_in(self.surfer.left_for, **(said or {}))
        self.seen += [value for name, value in answer_in(back).items() if name in ("code", "state")]
        self.surfer.open(back)
        return back

    def of_a_service(self, **facts: Any) -> "Scene":
        self.service = fs(**facts)
        return self

    def changes_ministry(self, **facts: Any) -> None:
        Provider.objects.filter(pk=self.ministry.pk).update(**facts)
        registry.look_again()


@pytest.fixture
def scene(
    surfer: Surfer,
    service: Client,
    ministry: Provider,
    demo_provider: DemoProvider,
    settings: Any,
    redis_url: str,
) -> Scene:
    return Scene(surfer, service, ministry, demo_provider, settings, redis_url)


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(django_capture_on_commit_callbacks: Any) -> Iterator[Lines]:
    """What the journal holds, each line being JSON or the test fails."""
    logs.configure({"level": "DEBUG"})
    (to_stdout,) = (each for each in logging.getLogger().handlers if type(each) is logs.Output)
    assert to_stdout.stream is sys.stdout
    to_stdout.setStream(written := StringIO())
    committing = django_capture_on_commit_callbacks(execute=True)
    committing.__enter__()

    def read() -> list[dict[str, Any]]:
        committing.__exit__(None, None, None)
        return [json.loads(line) for line in written.getvalue().splitlines()]

    yield read
    logs.configure(settings.LOGGING)


# Pages


def without_return_address(scene: Scene) -> None:
    scene.surfer.open(f"/api/v2/authorize?client_id={scene.service.client_id}&state={SECRETS['state']}")


def comes_back_to_a_closed_provider(scene: Scene) -> None:
    scene.goes()
    back = scene.fi.sign_in(scene.surfer.left_for)
    scene.changes_ministry(is_active=False)
    scene.surfer.open(back)


def comes_back_to_a_provider_that_is_no_more(scene: Scene) -> None:
    scene.goes()
    back = scene.fi.sign_in(scene.surfer.left_for)
    Provider.objects.filter(pk=scene.ministry.pk).delete()
    registry.look_again()
    scene.surfer.open(back)


def comes_from_a_provider_that(**faults: Any) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        scene.fi.misbehave(**faults)
        scene.signs_in()

    return act


def leaves_for_a_provider_out_of_reach(scene: Scene) -> None:
    scene.fi.misbehave(trouble={"discovery": {"kind": "status", "value": 500}})
    scene.goes()


def leaves_by_a_relay(*, keys: dict[str, bytes] | None, may_call: str = "") -> Callable[[Scene], None]:
    """``keys``: those the relay holds; None: there is no relay."""

    def act(scene: Scene) -> None:
        url = f"{scene.redis_url.partition('?')[0]}?db=7"
        scene.env.ENV = replace(scene.env.ENV, relay_url=url, relay_keys=RELAY_KEYS)
        scene.changes_ministry(network="hybrid")
        with relaying(url, keys, {may_call}) if keys else nullcontext():
            scene.goes()

    return act


def asks_codes_without_end(scene: Scene) -> None:
    scene.signs_in(claims=SECOND_FACTOR)
    scene.surfer.submit(f"{scene.surfer.at}envoi/")


def types_a_wrong_code(scene: Scene) -> None:
    scene.signs_in(claims=SECOND_FACTOR)
    scene.surfer.submit(code="0000000000")


def opens_a_page_without_its_cookie(scene: Scene) -> None:
    scene.asks()
    scene.surfer.browser.cookies.clear()
    scene.surfer.open(scene.surfer.at)


def opens_the_return_twice(scene: Scene) -> None:
    scene.surfer.open(scene.signs_in())


def has_an_address_of_nobody(scene: Scene) -> None:
    scene.env.ENV = replace(scene.env.ENV, default_provider=None)
    registry.forget()
    scene.goes("camille@sans-administration.example")


def has_been_blocked(scene: Scene) -> None:
    scene.signs_in()
    Account.objects.update(blocked_at=timezone.now())
    scene.signs_in(prompt="login")


def belongs_to_an_organisation_that_no_register_can_tell(scene: Scene) -> None:
    scene.env.ESTABLISHMENT_SOURCE = "identite.connectors.establishments.NotConnected"
    scene.of_a_service(private=False).signs_in()


def is_another_person_under_a_known_sub(scene: Scene) -> None:
    scene.signs_in()
    somebody_else = {"given_name": "Dominique", "usual_name": "Petit", "email": "d.petit@exemples.gouv.fr"}
    scene.signs_in(somebody_else, prompt="login")


def is_sent_again_and_again(scene: Scene) -> None:
    for _ in range(6):
        scene.asks()


def holds_a_session_of_another_provider(scene: Scene) -> None:
    scene.signs_in()
    other = fi(domains=["ailleurs.gouv.fr"])
    scene.of_a_service(allowed_providers=[other.uid]).asks()


def signs_out_to(uri: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        query = {"client_id": scene.service.client_id, "post_logout_redirect_uri": uri}
        scene.surfer.open(f"/api/v2/session/end?{urlencode(query)}")

    return act


def finds_their_passage_at_identite_over(scene: Scene) -> None:
    scene.goes("marie@une-pme.example")
    scene.surfer.browser.cookies.clear()
    scene.surfer.open(scene.surfer.at)


def has_an_account_that_was_closed(scene: Scene) -> None:
    closed = user(email="partie@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,), is_active=False)
    scene.goes(closed.email)
    scene.surfer.submit(f"{scene.surfer.at}code/envoyer/")
    code = re.sub(r"\D", "", found(r"^(\d{5} \d{5})$", str(last_mail().body)))
    scene.seen.append(code)
    scene.surfer.submit(code=code)


def opens_a_dead_link(scene: Scene) -> None:
    link = f"/identite/mot-de-passe/?jeton={SECRETS['token']}"
    scene.surfer.open(link)


PAGES: dict[FederationError | IdentiteError, Callable[[Scene], object]] = {
    FederationError.WRONG_REQUEST: without_return_address,
    FederationError.UNKNOWN_CLIENT: lambda scene: scene.asks(client_id="nobody-known"),
    FederationError.WRONG_REDIRECT_URI: lambda scene: scene.asks(redirect_uri=EVIL),
    FederationError.CLIENT_LOOPS: is_sent_again_and_again,
    FederationError.WRONG_POST_LOGOUT_REDIRECT_URI: signs_out_to(EVIL),
    FederationError.PROVIDER_DISABLED: comes_back_to_a_closed_provider,
    FederationError.PROVIDER_UNKNOWN: comes_back_to_a_provider_that_is_no_more,
    FederationError.PROVIDER_TOKEN_CALL_FAILED: comes_from_a_provider_that(
        trouble={"token": {"kind": "status", "value": 500}}
    ),
    FederationError.PROVIDER_USERINFO_FAILED: comes_from_a_provider_that(
        trouble={"userinfo": {"kind": "status", "value": 500}}
    ),
    FederationError.PROVIDER_NAMED_NOBODY: comes_from_a_provider_that(userinfo={"sub": None}),
    FederationError.PROVIDER_TOKEN_INVALID: comes_from_a_provider_that(id_token={"nonce": "another"}),
    FederationError.PROVIDER_DISCOVERY_FAILED: leaves_for_a_provider_out_of_reach,
    FederationError.PROVIDER_REFUSED: comes_from_a_provider_that(
        callback={"code": None, "error": "access_denied", "error_description": f"not {AGENT}"}
    ),
    FederationError.MAIL_CODE_LIMIT: asks_codes_without_end,
    FederationError.MAIL_CODE_WRONG: types_a_wrong_code,
    FederationError.SESSION_ABSENT: opens_a_page_without_its_cookie,
    FederationError.ANSWER_ALREADY_USED: opens_the_return_twice,
    FederationError.RELAY_SILENT: leaves_by_a_relay(keys=None),
    FederationError.RELAY_ANSWER_REFUSED: leaves_by_a_relay(keys={"k1": bytes(32)}),
    FederationError.RELAY_REACHED_NOBODY: leaves_by_a_relay(
        keys=RELAY_KEYS, may_call="https://ailleurs.gouv.fr"
    ),
    FederationError.NO_PROVIDER: has_an_address_of_nobody,
    FederationError.WRONG_IDENTITY: comes_from_a_provider_that(userinfo={"given_name": ["Camille"]}),
    FederationError.PRIVATE_SECTOR_REFUSED: lambda scene: scene.of_a_service(private=False).signs_in(
        {"siret": "55208131766522"}
    ),
    FederationError.ORGANIZATION_UNVERIFIED: belongs_to_an_organisation_that_no_register_can_tell,
    FederationError.ACCOUNT_BLOCKED: has_been_blocked,
    FederationError.EMAIL_DOMAIN_REFUSED: lambda scene: scene.of_a_service(
        allowed_email_domains=["ailleurs.gouv.fr"]
    ).goes(),
    FederationError.PROVIDER_NOT_ALLOWED: holds_a_session_of_another_provider,
    FederationError.LEVEL_TOO_LOW: lambda scene: scene.of_a_service(minimum_acr="eidas2").signs_in(),
    FederationError.PROVIDER_NOT_ENTITLED: lambda scene: scene.signs_in({"email": "a@ailleurs.gouv.fr"}),
    FederationError.IDENTITY_DISPUTED: is_another_person_under_a_known_sub,
    IdentiteError.SIGN_IN_ABSENT: finds_their_passage_at_identite_over,
    IdentiteError.ACCOUNT_CLOSED: has_an_account_that_was_closed,
    IdentiteError.RESET_LINK_DEAD: opens_a_dead_link,
}

INLINE = {FederationError.MAIL_CODE_LIMIT, FederationError.MAIL_CODE_WRONG}  # told on the page of the code
BEFORE_ANY_JOURNEY = {
    FederationError.WRONG_REQUEST,
    FederationError.UNKNOWN_CLIENT,
    FederationError.WRONG_REDIRECT_URI,
    FederationError.WRONG_POST_LOGOUT_REDIRECT_URI,
}
OF_NO_KNOWN_JOURNEY = {
    FederationError.ANSWER_ALREADY_USED,
    IdentiteError.SIGN_IN_ABSENT,
    IdentiteError.RESET_LINK_DEAD,
}


def test_every_page_has_its_scene_here() -> None:
    assert set(PAGES) == {*FederationError, *IdentiteError}


@pytest.mark.parametrize("error", PAGES, ids=lambda error: error.value.code)
def test_a_refusal_on_a_page_leaves_one_line_with_its_reason_and_the_service(
    scene: Scene, lines: Lines, error: FederationError | IdentiteError
) -> None:
    PAGES[error](scene)
    written = lines()
    event = "MAIL_CODE_REFUSED" if error in INLINE else "REFUSED"
    (line,) = (each for each in written if each["event"] == event)
    assert line["code"] == error.value.code
    assert line["reason"]
    if error not in OF_NO_KNOWN_JOURNEY:
        expected = "nobody-known" if error is FederationError.UNKNOWN_CLIENT else scene.service.client_id
        assert line["client_id"] == expected
        assert ("journey_id" in line) is (error not in BEFORE_ANY_JOURNEY)
    assert line["trace_id"] in scene.surfer.text or error in INLINE
    assert secrets_in(written, scene) == []


@pytest.mark.parametrize("error", PAGES, ids=lambda error: error.value.code)
def test_a_refusal_is_a_page_with_one_heading_a_next_action_and_what_to_hand_over(
    scene: Scene, error: FederationError | IdentiteError
) -> None:
    PAGES[error](scene)
    page, response = Read(scene.surfer.text), scene.surfer.response
    assert page.count["h1"] == 1
    assert error.value.code in scene.surfer.text
    assert response["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert "no-store" in response["Cache-Control"]
    assert not [link for link in page.links if "evil.example" in link], "S-025"
    if error not in INLINE:
        assert response.status_code == error.value.status
        assert response["Referrer-Policy"] == "no-referrer"
        assert f"Code : {error.value.code}" in scene.surfer.text
        assert "À transmettre si vous demandez de l’aide" in scene.surfer.text
        back = [link for link in page.links if link.startswith(scene.service.redirect_uri_list[0])]
        told = f"error={error.value.oauth_error}&error_description={error.value.code}"
        assert [told in link for link in back] in ([True], [])
        is_told = error not in BEFORE_ANY_JOURNEY | OF_NO_KNOWN_JOURNEY | {FederationError.SESSION_ABSENT}
        assert bool(back) is (is_told and isinstance(error, FederationError))


@pytest.mark.parametrize("error", BEFORE_ANY_JOURNEY, ids=lambda error: error.value.code)
def test_s025_a_page_shown_before_the_return_address_is_trusted_leads_nowhere_but_here(
    scene: Scene, error: FederationError
) -> None:
    PAGES[error](scene)
    assert [
        link for link in Read(scene.surfer.text).links if not link.startswith(("/", "#", "mailto:"))
    ] == []


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "\u202ecriped", "{0.__class__}", "x" * 5000, "a\r\nSet-Cookie: a=b"],
)
@pytest.mark.parametrize("name", ["login_hint", "siret_hint", "idp_hint", "sp_name", "client_id", "claims"])
def test_s021_what_was_sent_is_on_no_page_of_refusal(scene: Scene, name: str, hostile: str) -> None:
    scene.asks(redirect_uri=EVIL, **{name: hostile})
    assert scene.surfer.response.status_code == 400
    assert hostile not in scene.surfer.text
    assert "a" not in scene.surfer.browser.cookies


def test_a_return_from_nowhere_is_no_failure_of_ours(scene: Scene) -> None:
    scene.asks()
    scene.surfer.open(f"/api/v2/oidc-callback?journey={scene.surfer.journey}")
    assert (scene.surfer.response.status_code, scene.surfer.error_code) == (401, "Y190012")


# Pages of the site itself

SITE: dict[SiteError | PlatformError, dict[str, Any]] = {
    SiteError.UNREADABLE: {"path": "/", "HTTP_HOST": "evil.example"},
    SiteError.WRONG_METHOD: {"path": "/api/v2/session/end/confirm", "HTTP_ACCEPT": "text/html"},
    SiteError.NOT_FOUND: {"path": "/nulle/part/"},
    SiteError.FORM_EXPIRED: {"method": "POST", "path": "/api/v2/session/end/confirm"},
    PlatformError.URL_TOO_LONG: {"path": "/", "QUERY_STRING": "a" * 9000},
    PlatformError.HEADERS_TOO_LARGE: {"path": "/", "HTTP_X_LONG": "a" * 17000},
    PlatformError.BODY_TOO_LARGE: {"method": "POST", "path": "/", "data": b"a" * (1024 * 1024 + 1)},
}


@pytest.mark.parametrize("error", SITE, ids=lambda error: error.value.code)
def test_a_refusal_of_the_site_leaves_its_line_too(
    db: None, lines: Lines, error: SiteError | PlatformError
) -> None:
    asked = {"method": "GET", **SITE[error]}
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    response = browser.generic(asked.pop("method"), asked.pop("path"), asked.pop("data", b""), **asked)
    assert response.status_code == error.value.status
    (line,) = (each for each in lines() if each["event"] == "REFUSED")
    assert (line["code"], line["error"]) == (error.value.code, error.name)
    assert line["reason"]
    assert line["trace_id"] in response.content.decode()


RAISED: dict[SiteError | PlatformError, tuple[Exception, str]] = {
    PlatformError.TOO_MANY: (
        limiter.Exhausted("tries-of-a-code", limiter.CODE_TRIES_PER_EMAIL),
        "tries-of-a-code",
    ),
    PlatformError.UNAVAILABLE: (StoreUnavailable("it holds somebody's data"), "StoreUnavailable"),
    SiteError.FORBIDDEN: (PermissionDenied("it holds somebody's data"), "FORBIDDEN"),
    SiteError.UNEXPECTED: (RuntimeError("it holds somebody's data"), "UNEXPECTED"),
}


def fail(request: HttpRequest, name: str) -> HttpResponse:
    raise next(exception for error, (exception, _) in RAISED.items() if error.name == name)


handler403 = "proconnect.pages.views.forbidden"
handler500 = "proconnect.pages.views.server_error"
urlpatterns = [path("echec/<str:name>/", fail), path("", include("proconnect.urls"))]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("error", RAISED, ids=lambda error: error.value.code)
def test_what_a_view_raises_leaves_its_line_too(
    db: None, lines: Lines, error: SiteError | PlatformError
) -> None:
    response = Browser(raise_request_exception=False).get(f"/echec/{error.name}/")
    assert response.status_code == error.value.status
    assert error.value.code in response.content.decode()
    (line,) = (each for each in lines() if each["event"] == "REFUSED")
    assert (line["code"], line["reason"]) == (error.value.code, RAISED[error][1])


def test_every_page_of_the_site_has_its_scene_here() -> None:
    assert SITE.keys() | RAISED.keys() == {*SiteError, *PlatformError}


# OAuth errors at the FS's redirect URI

WRONG_REQUESTS: dict[str, tuple[dict[str, str], str]] = {
    "everything_is_text_of_reasonable_length": ({"nonce": "x" * 600}, "invalid_request"),
    "no_request_object": ({"request": "e30.e30."}, "request_not_supported"),
    "response_type_is_code": ({"response_type": "token"}, "unsupported_response_type"),
    "response_mode_is_offered": ({"response_mode": "fragment"}, "invalid_request"),
    "scopes_are_granted": ({"scope": "email"}, "invalid_scope"),
    "challenge_is_s256": ({"code_challenge": "short", "code_challenge_method": "plain"}, "invalid_request"),
    "nonce_is_ascii": ({"nonce": "é"}, "invalid_request"),
    "prompt_can_be_obeyed": ({"prompt": "none login"}, "invalid_request"),
    "max_age_is_a_number_of_seconds": ({"max_age": "soon"}, "invalid_request"),
    "hints_are_well_formed": ({"login_hint": "nobody"}, "invalid_request"),
    "claims_are_well_formed": ({"claims": "[]"}, "invalid_request"),
    "a_demanded_level_is_known": (
        {"claims": json.dumps({"id_token": {"acr": {"essential": True, "value": "unknown"}}})},
        "access_denied",
    ),
}
ELSEWHERE = {
    "state_and_nonce_are_there_when_required",
    "nothing_is_given_twice",
    "nothing_is_unknown",
    "challenge_is_there_when_required",
}  # each has its own test below


def test_every_check_of_a_request_has_its_scene_here() -> None:
    assert {check.__name__ for check in CHECKS} == WRONG_REQUESTS.keys() | ELSEWHERE


def told_once(scene: Scene, lines: Lines, error: str) -> dict[str, Any]:
    """The line, once the FS was told this error."""
    assert scene.surfer.told["error"] == error
    written = lines()
    (line,) = (each for each in written if each["event"] == "FS_ANSWERED_ERROR")
    assert (line["error"], line["client_id"]) == (error, scene.service.client_id)
    assert line["reason"] == scene.surfer.told["error_description"]
    assert secrets_in(written, scene) == []
    return line


@pytest.mark.parametrize(("asked", "error"), WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_a_wrong_request_leaves_one_line(
    scene: Scene, lines: Lines, asked: dict[str, str], error: str
) -> None:
    scene.asks(**asked)
    told_once(scene, lines, error)


def test_a_parameter_given_twice_leaves_one_line(scene: Scene, lines: Lines) -> None:
    scene.surfer.open(f"{authorize_url(scene.service)}&prompt=none&prompt=none")
    told_once(scene, lines, "invalid_request")


def test_a_parameter_unknown_where_they_are_refused_leaves_one_line(scene: Scene, lines: Lines) -> None:
    scene.env.ENV = replace(scene.env.ENV, strict_requests=True)
    scene.asks(colour="blue")
    told_once(scene, lines, "invalid_request")


@pytest.mark.parametrize("name", ["state", "nonce"])
def test_a_missing_state_or_nonce_where_they_are_required_leaves_one_line(
    scene: Scene, lines: Lines, name: str
) -> None:
    scene.env.ENV = replace(scene.env.ENV, strict_requests=True)
    scene.asks(**{name: ""})
    told_once(scene, lines, "invalid_request")


def test_a_missing_challenge_leaves_one_line(scene: Scene, lines: Lines) -> None:
    scene.of_a_service(require_pkce=True).asks()
    told_once(scene, lines, "invalid_request")


UNANSWERABLE: dict[str, tuple[dict[str, str], str]] = {
    "a hint that is not ours": ({"id_token_hint": "e30.e30.c2ln"}, "invalid_request"),
    "silent without session": ({"prompt": "none"}, "login_required"),
    "an unknown FI": ({"idp_hint": "nobody"}, "idp_hint_not_found"),
}


@pytest.mark.parametrize(("asked", "error"), UNANSWERABLE.values(), ids=UNANSWERABLE)
def test_a_request_that_cannot_be_answered_leaves_one_line_with_its_journey(
    scene: Scene, lines: Lines, asked: dict[str, str], error: str
) -> None:
    scene.asks(**asked)
    assert told_once(scene, lines, error)["journey_id"]


def test_a_silent_request_above_the_session_leaves_one_line(scene: Scene, lines: Lines) -> None:
    scene.signs_in()
    scene.asks(prompt="none", claims=SECOND_FACTOR)
    assert told_once(scene, lines, "interaction_required")["journey_id"]


def test_a_level_out_of_reach_leaves_one_line(scene: Scene, lines: Lines) -> None:
    scene.signs_in(claims=json.dumps({"id_token": {"acr": {"essential": True, "value": "eidas3"}}}))
    assert told_once(scene, lines, "access_denied")["journey_id"]


# OAuth errors of the endpoints a FS calls

REVOCATION, INTROSPECTION = f"{TOKEN}/revocation", f"{TOKEN}/introspection"


@dataclass(frozen=True)
class Call:
    path: str
    form: dict[str, str]
    error: str
    secret: str | None = SECRET  # None: nobody says who calls
    is_known: bool = True


CALLS = {
    "token: nobody": Call(TOKEN, {"code": SECRETS["token"]}, "invalid_client", secret=None, is_known=False),
    "token: a wrong secret": Call(
        TOKEN, {"code": SECRETS["token"]}, "invalid_client", secret=SECRETS["wrong secret"]
    ),
    "token: two methods": Call(TOKEN, {"client_secret": SECRET}, "invalid_request", is_known=False),
    "token: no grant type": Call(TOKEN, {"code": SECRETS["token"]}, "invalid_request"),
    "token: a grant type of others": Call(TOKEN, {"grant_type": "password"}, "unsupported_grant_type"),
    "token: no code": Call(TOKEN, {"grant_type": "authorization_code"}, "invalid_request"),
    "token: a code of nobody": Call(
        TOKEN, {"grant_type": "authorization_code", "code": SECRETS["token"]}, "invalid_grant"
    ),
    "token: a refresh token of nobody": Call(
        TOKEN, {"grant_type": "refresh_token", "refresh_token": SECRETS["token"]}, "invalid_grant"
    ),
    "revocation: nobody": Call(REVOCATION, {"token": SECRETS["token"]}, "invalid_client", None, False),
    "revocation: no token": Call(REVOCATION, {"token_type_hint": "access_token"}, "invalid_request"),
    "introspection: nobody": Call(INTROSPECTION, {"token": SECRETS["token"]}, "invalid_client", None, False),
    "introspection: no token": Call(INTROSPECTION, {"token_type_hint": "access_token"}, "invalid_request"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_refused_call_leaves_one_line(service: Client, lines: Lines, call: Call) -> None:
    headers = basic(service.client_id, call.secret) if call.secret else {}
    response = ask(call.form, headers=headers, path=call.path)
    assert response.json()["error"] == call.error
    line = refused_call(lines, call.path, call.error)
    assert line.get("client_id") == (service.client_id if call.is_known else None)


READINGS = {
    "nothing": ({}, {}, "invalid_token"),
    "a token of nobody": ({"authorization": f"Bearer {SECRETS['token']}"}, {}, "invalid_token"),
    "in the URL": ({}, {"access_token": SECRETS["token"]}, "invalid_request"),
}


@pytest.mark.parametrize(("headers", "query", "error"), READINGS.values(), ids=READINGS)
def test_a_refused_reading_of_userinfo_leaves_one_line(
    db: None, lines: Lines, headers: dict[str, str], query: dict[str, str], error: str
) -> None:
    assert Browser().get(USERINFO, query, headers=headers).json()["error"] == error
    refused_call(lines, USERINFO, error)


@pytest.mark.parametrize("address", [TOKEN, REVOCATION, INTROSPECTION, USERINFO])
def test_a_wrong_method_leaves_one_line(db: None, lines: Lines, address: str) -> None:
    assert Browser().put(address).status_code == 405
    refused_call(lines, address, "invalid_request")


def refused_call(lines: Lines, path: str, error: str) -> dict[str, Any]:
    written = lines()
    (line,) = (each for each in written if each["event"] == "FS_REFUSED_TOKENS")
    assert (line["error"], line["endpoint"], line["path"]) == (error, path.rpartition("/")[2], path)
    assert line["reason"]
    assert secrets_in(written) == []
    return line


# Read from what was answered and written


class Read(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []  # of what the page says, header and footer apart
        self.is_in_main = False
        self.count = {"h1": 0}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_in_main = self.is_in_main or tag == "main"
        if tag == "a" and self.is_in_main:
            self.links += [value or "" for name, value in attrs if name == "href"]
        if tag in self.count:
            self.count[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        self.is_in_main = self.is_in_main and tag != "main"


def secrets_in(written: list[dict[str, Any]], scene: Scene | None = None) -> list[str]:
    text = json.dumps(written, ensure_ascii=False)
    mine = [cookie.value for cookie in scene.surfer.browser.cookies.values()] if scene else []
    hidden = [*SECRETS.values(), *(scene.seen if scene else []), *mine]
    return [secret for secret in hidden if len(secret) > 5 and secret in text]
