"""Properties of every address of the site, whoever calls it and however (S-023, S-026, S-050, S-112, S-154, S-158, S-169)."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.utils.translation import gettext

from identite.second_factor import totp
from proconnect.kernel.error_page import Refused, WayOut
from proconnect.kernel.middleware import show
from tests.factories.federation import fs
from tests.federation.admin.conftest import PASSWORD, code_of, operator
from tests.security.pages import is_a_page, what_is_wrong_with
from tests.test_architecture import WITHOUT_CSRF, errors

NEVER_POSTED = {"federation:jwks", "federation:discovery"}  # answered before any form could be read
READ_BY_ANYBODY = NEVER_POSTED | {"federation:keys-for-providers", "federation:providers-state"}
METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "PROPFIND")
HOSTILE = "{0.__class__.__mro__} {code} %(x)s %s <script>alert(1)</script> \" ' \u202e"


SAMPLES = {"uuid": str(uuid4()), "int": "4242", "path": "4242"}  # of the right form, and naming nothing


def addresses(
    resolver: URLResolver | None = None, before: str = "/", namespace: str = ""
) -> Iterator[tuple[str, str]]:
    """Name and address of each view."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = before + _sample(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, address, inner)
        else:
            yield f"{namespace}{entry.name}", address


def _sample(pattern: Any) -> str:
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "inconnu"), str(pattern))
    if "app_label" in str(pattern):
        return "federation/"
    return "nulle/part/"  # what catches all the rest


def answer(method: str, address: str, **options: Any) -> Any:
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    return browser.generic(method, address, **options)


def test_s154_every_post_is_refused_without_its_token() -> None:
    for name, address in addresses():
        if name not in WITHOUT_CSRF | NEVER_POSTED:
            response = answer("POST", address, content_type="application/x-www-form-urlencoded")
            assert response.status_code == 403, name
            assert "Y470001" in response.content.decode(), name


def test_s154_a_token_from_another_site_or_another_browser_is_worth_nothing() -> None:
    ours, theirs = Browser(enforce_csrf_checks=True), Browser(enforce_csrf_checks=True)
    for browser in (ours, theirs):
        browser.get("/admin/login/")
    form = {"csrfmiddlewaretoken": ours.cookies[settings.ADMIN_CSRF_COOKIE_NAME].value}
    assert ours.post("/admin/login/", form).status_code == 200
    assert ours.post("/admin/login/", form, headers={"origin": "https://evil.example"}).status_code == 403
    assert ours.post("/admin/login/", form, headers={"origin": "null"}).status_code == 403
    assert theirs.post("/admin/login/", form).status_code == 403


def test_s158_s169_no_address_answers_with_less_than_its_headers_nor_a_crash() -> None:
    wrong = [
        (method, name, problem)
        for name, address in addresses()
        for method in METHODS
        for problem in what_is_wrong_with(
            answer(method, address), may_be_kept=name in READ_BY_ANYBODY and method in ("GET", "HEAD")
        )
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "query", ["?" + "&".join(f"a{n}=1" for n in range(150)), "?%00=%00&a=%FF&%F0%9F=%0D%0A&=&&=;"]
)
def test_s169_no_query_makes_any_address_crash(query: str) -> None:
    for name, address in addresses():
        assert answer("GET", address + query).status_code < 500, name


def test_s112_no_address_answers_under_another_host() -> None:
    for name, address in addresses():
        response = answer("GET", address, HTTP_HOST="evil.example")
        assert response.status_code == 400, name
        assert b"evil.example" not in response.content, name


def test_s112_a_forwarded_host_changes_no_link() -> None:
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-host": "evil.example"}
    for name, address in addresses():
        response = answer("GET", address, headers=headers)
        assert b"evil.example" not in response.content, name
        assert "evil.example" not in str(response.headers), name


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "//evil.example/%2e%2e", "/\\evil.example", "/admin//evil.example", "///evil.example"],
)
def test_s025_no_path_becomes_another_site(path: str) -> None:
    """Neither with the slash that Django adds, nor after sign-in."""
    for address in (path, path + "/x", f"/admin/login/?next={path}"):
        location = answer("GET", address).headers.get("Location", "")
        assert not re.match(r"^(//|/\\|https?:)", location), address


# The same from inside, for an operator who may do everything


@pytest.fixture
def operators_browser() -> Browser:
    person = operator(is_superuser=True)
    secret = totp.enrol_totp(person)
    browser = Browser(raise_request_exception=False)
    browser.post("/admin/login/", {"email": person.email, "password": PASSWORD})
    browser.post("/admin/login/code/", {"code": code_of(secret)})
    assert browser.get("/admin/").status_code == 200
    return browser


INSIDE = [(name, address) for name, address in addresses() if name.startswith("admin:")]


def test_s158_s169_no_page_of_the_operators_answers_with_less(operators_browser: Browser) -> None:
    wrong = [
        (name, problem)
        for name, address in INSIDE
        if name != "admin:logout"
        for problem in what_is_wrong_with(operators_browser.get(address))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "query",
    [
        "?q=%00",
        "?q=%27%25_%22)%20OR%201=1--",
        "?o=99.-1.x&p=-5&all=",
        "?id__exact=%00&pk=x",
        "?name__startswith=%00",
        "?is_active__exact=%00",
        "?_to_field=client_secret&_popup=1",
        "?app_label=identite&model_name=user&field_name=groups&term=%00",
    ],
)
def test_s175_no_query_makes_a_page_of_the_operators_crash(operators_browser: Browser, query: str) -> None:
    for name, address in INSIDE:
        if name.endswith(("_changelist", "_add", ":autocomplete")):
            assert operators_browser.get(address + query).status_code < 500, name


def test_s163_a_hash_is_not_told_letter_by_letter(operators_browser: Browser) -> None:
    """By a filter nobody was shown: whether the list has a line answers each question (AK CVE-2026-25227 class)."""
    service = fs()
    for lookup in ("client_secret__startswith", "sealed_secret__contains", "previous_secret__regex"):
        for letter in (service.client_secret[0], "~"):
            page = operators_browser.get("/admin/federation/client/", {lookup: letter})
            assert page.status_code == 400, lookup
            assert service.client_id not in page.content.decode(), lookup


def test_the_filters_that_are_shown_work(operators_browser: Browser) -> None:
    service = fs()
    page = operators_browser.get("/admin/federation/client/", {"is_active__exact": "1", "kind__exact": "fs"})
    assert service.client_id in page.content.decode()


def test_a_link_does_not_sign_an_operator_out(operators_browser: Browser) -> None:
    assert operators_browser.get("/admin/logout/").status_code == 405
    assert operators_browser.get("/admin/").status_code == 200


# Refusals


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.value.code)
def test_s169_a_refusal_shows_its_facts_as_text_whatever_they_are(error: Enum) -> None:
    """What a FI, a FS or a person put in a fact is neither markup nor a format (S-093)."""
    page = error.value
    names = re.findall(r"\{(\w+)\}", page.text)
    request: Any = RequestFactory().get("/")
    request.trace_id = "an-identifier"
    request.way_out = lambda _: WayOut(
        url="https://fs.example.gouv.fr/?error=x", place=HOSTILE, contact_email="a@b.fr?bcc=evil@example.org"
    )
    response = show(request, Refused(error, **dict.fromkeys(names, HOSTILE)))
    text = response.content.decode()
    assert response.status_code == page.status
    assert f"Code : {page.code}" in text
    assert "Identifiant : an-identifier" in text
    assert re.search(r"Date : \d\d/\d\d/\d{4}", text)
    assert "<script>alert" not in text
    assert "bcc=evil" not in text
    assert text.count("{0.__class__.__mro__} {code} %(x)s %s") >= 1 + bool(names)
    assert gettext(page.title) in text


def test_s169_a_crash_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.journey.store.settings.JOURNEY_COOKIE_NAME", None)
    response = answer("GET", f"/api/v2/interaction/{uuid4()}/")
    assert is_a_page(response)
    for word in ("Traceback", "Error:", "/federation/", "Django/", "psycopg", "SELECT "):
        assert word not in response.content.decode()
