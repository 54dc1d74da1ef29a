"""S-023, S-026, S-158, S-174: what every answer says, and how large a request may be."""

from dataclasses import replace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from proconnect.platform.errors import PlatformError
from proconnect.platform.headers import MAX_BODY, SecurityHeadersMiddleware, what_is_too_large
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.urls("tests.pages.gallery")

ANSWERS = ["/", "/seul/", "/inconnue/", "/panne/", "/refus/FORBIDDEN/", "/api/v2/page/", "/accessibilite"]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def directives(response: Any) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    return {name: value for name, _, value in (each.strip().partition(" ") for each in policy.split(";"))}


@pytest.mark.parametrize("path", ANSWERS)
def test_s023_no_answer_may_be_framed_nor_kept(visitor: Client, path: str) -> None:
    response = visitor.get(path)
    assert response.headers["X-Frame-Options"] == "DENY"
    assert directives(response)["frame-ancestors"] == "'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "publickey-credentials-get=(self)" in response.headers["Permissions-Policy"]
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ANSWERS)
def test_s158_the_policy_allows_nothing_inline_nor_foreign(visitor: Client, path: str) -> None:
    policy = directives(visitor.get(path))
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in str(policy)


def test_s158_only_the_pages_of_a_trip_post_beyond_the_site(visitor: Client) -> None:
    assert directives(visitor.get("/seul/"))["form-action"] == "'self'"
    assert directives(visitor.get("/api/v2/page/"))["form-action"] == "'self' https: http://localhost:*"


def test_s158_over_https_transport_is_strict_and_plain_http_is_no_target(
    visitor: Client, settings: Settings
) -> None:
    assert "Strict-Transport-Security" not in visitor.get("/").headers
    settings.ENV = replace(settings.ENV, site_url="https://auth.exemple.gouv.fr")
    response = visitor.get("/api/v2/page/")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert directives(response)["form-action"] == "'self' https:"


@pytest.mark.parametrize("path", ANSWERS)
def test_s026_no_answer_lets_its_address_leave_the_site(visitor: Client, path: str) -> None:
    assert visitor.get(path).headers["Referrer-Policy"] in ("no-referrer", "same-origin")


def test_s026_only_a_page_with_a_form_of_ours_tells_its_address_to_ourselves(visitor: Client) -> None:
    assert visitor.get("/").headers["Referrer-Policy"] == "no-referrer"
    assert visitor.get("/seul/").headers["Referrer-Policy"] == "same-origin"


@pytest.mark.e2e
def test_s154_a_browser_can_post_our_forms_under_this_policy(open_page: OpenPage) -> None:
    """Under no-referrer Chromium posts ``Origin: null``, which Django refuses."""
    page = open_page("/seul/")
    page.get_by_label("Email professionnel").fill("pas une adresse")
    page.get_by_role("button", name="Continuer").click()
    assert page.title().startswith("Erreur : Se connecter")


def test_a_view_may_be_stricter_or_let_its_answer_be_kept() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "public, max-age=300"})

    response = SecurityHeadersMiddleware(view)(RequestFactory().get("/"))
    assert response.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("request_", "excess"),
    [
        pytest.param({"path": "/?q=" + "a" * 7900}, None, id="a long address"),
        pytest.param({"path": "/?q=" + "a" * 8000}, PlatformError.URL_TOO_LONG, id="too long an address"),
        pytest.param({"path": "/?q=" + "é" * 1400}, PlatformError.URL_TOO_LONG, id="too long once encoded"),
        pytest.param({"HTTP_COOKIE": "a" * 15000}, None, id="large headers"),
        pytest.param({"HTTP_COOKIE": "a" * 16384}, PlatformError.HEADERS_TOO_LARGE, id="too large headers"),
        pytest.param({"CONTENT_LENGTH": str(MAX_BODY)}, None, id="a large body"),
        pytest.param(
            {"CONTENT_LENGTH": str(MAX_BODY + 1)}, PlatformError.BODY_TOO_LARGE, id="too large a body"
        ),
        pytest.param({"CONTENT_LENGTH": "many"}, None, id="an unreadable length"),
        pytest.param({"CONTENT_LENGTH": ""}, None, id="no length"),
    ],
)
def test_s174_what_is_too_large(request_: dict[str, str], excess: PlatformError | None) -> None:
    extra = {name: value for name, value in request_.items() if name != "path"}
    request = RequestFactory().get(request_.get("path", "/"))
    request.META.update(extra)
    assert what_is_too_large(request) is excess


@pytest.mark.parametrize(
    ("code", "status", "ask"),
    [
        ("Y000413", 413, {"method": "POST", "data": b"a" * (MAX_BODY + 1)}),
        ("Y000414", 414, {"path": "/seul/?q=" + "a" * 9000}),
        ("Y000431", 431, {"headers": {"X-Long": "a" * 17000}}),
        (
            "Y000402",
            400,
            {"path": "/seul/", "method": "POST", "data": "&".join(f"a{n}=1" for n in range(101))},
        ),
    ],
)
def test_s174_excess_ends_on_a_clean_page(
    visitor: Client, code: str, status: int, ask: dict[str, Any]
) -> None:
    asked = {"path": "/seul/", "method": "GET", "content_type": "application/x-www-form-urlencoded", **ask}
    response = visitor.generic(asked.pop("method"), asked.pop("path"), asked.pop("data", b""), **asked)
    assert response.status_code == status
    assert code in response.content.decode()
    assert "Content-Security-Policy" in response.headers
