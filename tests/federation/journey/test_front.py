"""authorize answered before Django's handler says the same, with the same headers, session and pages."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import RequestFactory

from federation.journey.front import AuthorizeFront
from federation.models import Account, Provider
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import Trip, answered
from tests.mirrors.provider.double import DemoProvider

SAME = (
    "Location",
    "Content-Type",
    "Cache-Control",
    "Content-Security-Policy",
    "Referrer-Policy",
    "X-Frame-Options",
    "Retry-After",
)


class Front:
    def __init__(self, trip: Trip, url: str, **environ: Any) -> None:
        parts = urlsplit(url)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in trip.browser.cookies.items())
        asked = RequestFactory().generic(
            environ.pop("method", "GET"), f"{parts.path}?{parts.query}", HTTP_COOKIE=cookies, **environ
        )
        self.reached_the_site = False
        self.headers: list[tuple[str, str]] = []
        self.content = b"".join(AuthorizeFront(self._site)(asked.environ, self._begin)).decode()

    def _begin(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        self.status, self.headers = int(status.split(maxsplit=1)[0]), headers

    def _site(self, environ: Any, start_response: Any) -> list[bytes]:
        self.reached_the_site = True
        return []

    def header(self, name: str) -> str:
        return next((value for header, value in self.headers if header == name), "")

    @property
    def cookies(self) -> set[str]:
        return {value.partition("=")[0] for name, value in self.headers if name == "Set-Cookie"}


@pytest.fixture
def trip(navigator: Any, service: Any) -> Trip:
    return Trip(navigator, service)


@pytest.fixture
def signed_in(trip: Trip, ministry: Provider, demo_provider: DemoProvider) -> Trip:
    trip.through(demo_provider)
    return trip


def test_a_silent_sign_in_is_answered_by_a_code(signed_in: Trip) -> None:
    front = Front(signed_in, authorize_url(signed_in.service, prompt="none"))
    assert (front.status, front.reached_the_site) == (303, False)
    assert "code=" in front.header("Location")
    assert "no-store" in front.header("Cache-Control")


def test_who_must_type_an_address_is_led_to_the_page_with_its_cookie(trip: Trip) -> None:
    front = Front(trip, authorize_url(trip.service))
    assert "/interaction/" in front.header("Location")
    assert any(name.startswith("journey") for name in front.cookies)
    assert any(name.startswith("passages") for name in front.cookies)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"client_id": "nobody"}, id="unknown client"),
        pytest.param({"redirect_uri": "https://evil.example/"}, id="redirect_uri"),
        pytest.param({"response_type": "token"}, id="response_type"),
        pytest.param({"prompt": "none"}, id="no session"),
        pytest.param({"response_mode": "form_post", "prompt": "none"}, id="form_post"),
        pytest.param({"state": "é\x00"}, id="control characters"),
    ],
)
def test_refusals_are_those_of_the_site(trip: Trip, changes: dict[str, str]) -> None:
    url = authorize_url(trip.service, **({"state": "s", "nonce": "n"} | changes))
    theirs, ours = trip.browser.get(url), Front(trip, url)
    assert ours.status == theirs.status_code
    for name in SAME:
        assert ours.header(name) == theirs.headers.get(name, ""), name
    assert ("<h1" in ours.content) is ("<h1" in theirs.content.decode())


def test_a_blocked_account_sees_its_page_and_loses_its_session(signed_in: Trip) -> None:
    Account.objects.update(blocked_at="2026-01-01T00:00:00Z")
    front = Front(signed_in, authorize_url(signed_in.service))
    assert "Y500024" in front.content or "/interaction/" in front.header("Location")
    assert "error" in answered(signed_in.depart(prompt="none"))


@pytest.mark.parametrize(("host", "status"), [("testserver", 303), ("evil.example", 400)])
def test_s158_another_host_is_refused(trip: Trip, host: str, status: int) -> None:
    assert Front(trip, authorize_url(trip.service, prompt="none"), HTTP_HOST=host).status == status


def test_what_is_not_a_get_of_authorize_is_left_to_the_site(trip: Trip) -> None:
    assert Front(trip, "/api/v2/authorize", method="POST").reached_the_site
    assert Front(trip, "/api/v2/authorize", method="HEAD").reached_the_site
    assert Front(trip, "/api/v2/oidc-callback").reached_the_site
