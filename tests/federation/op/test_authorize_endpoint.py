"""What authorize answers over HTTP to a request that is wrong: the FS, or a page; never a 500."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client as Browser

from federation.models import Client
from federation.op.request import LONGEST

AUTHORIZE = "/api/v2/authorize"
FORM = "application/x-www-form-urlencoded"

SPOILED = [
    pytest.param("{name}=", id="empty"),
    pytest.param("{name}={usual}&{name}={usual}", id="given twice"),
    pytest.param("{name}={usual}" + "a" * 5000, id="too long"),
    pytest.param("{name}={usual}%00", id="NUL"),
    pytest.param("{name}={usual}%0D%0ASet-Cookie:a=b", id="new line"),
    pytest.param("{name}=%FF%FE", id="not UTF-8"),
    pytest.param("{name}[]={usual}", id="another name"),
    pytest.param("{name}=%3Cscript%3Ealert(1)%3C/script%3E", id="markup"),
    pytest.param("{name}=12", id="a number"),
    pytest.param("{name}=%5B%5D", id="a JSON list"),
    pytest.param("", id="absent"),
]


def usual(service: Client) -> dict[str, str]:
    return {
        "client_id": service.client_id,
        "redirect_uri": service.redirect_uris,
        "response_type": "code",
        "scope": "openid email",
        "state": "a-state",
        "prompt": "none",  # with no session: the FS is always answered, whatever is right
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_wrong_parameter_is_told_to_the_fs_or_on_a_page(service: Client, spoiled: str, method: str) -> None:
    known = usual(service)
    for name in LONGEST:
        others = urlencode({other: value for other, value in known.items() if other != name})
        wrong = spoiled.format(name=name, usual=known.get(name, "1"))
        response = send(method, f"{others}&{wrong}".rstrip("&"))
        if response.status_code == 400:
            assert b"<h1" in response.content
            assert b"<script>alert" not in response.content
            assert "Location" not in response
        elif name == "prompt" and response.status_code == 302:  # not silent any more: the person is asked
            assert response["Location"].startswith("/api/v2/interaction/")
        else:
            told = answer_at(response, service)
            assert told["error"]
            assert "code" not in told


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_s011_prompt_none_without_session_is_login_required_and_sets_no_cookie(
    service: Client, method: str
) -> None:
    response = send(method, urlencode(usual(service)))
    told = answer_at(response, service)
    assert told["error"] == "login_required"
    assert told["state"] == "a-state"
    assert told["iss"] == "http://localhost:8000/api/v2"
    assert not response.cookies


def test_s020_a_request_uri_is_never_fetched(service: Client) -> None:
    response = send("GET", urlencode(usual(service) | {"request_uri": "http://127.0.0.1:1/"}))
    assert answer_at(response, service)["error"] == "request_uri_not_supported"


def test_s023_no_page_of_authorize_may_be_framed(service: Client) -> None:
    for query in ("", urlencode(usual(service)), urlencode(usual(service) | {"prompt": ""})):
        response = send("GET", query)
        assert response["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["Cache-Control"]


def test_s023_a_post_from_elsewhere_needs_no_csrf_token(service: Client) -> None:
    browser = Browser(enforce_csrf_checks=True)
    response = browser.post(AUTHORIZE, urlencode(usual(service)), content_type=FORM)
    assert response["Location"] == f"{AUTHORIZE}?{urlencode(usual(service))}"
    assert not response.cookies


def test_a_post_too_long_for_an_address_is_answered_where_it_is(service: Client) -> None:
    response = Browser().post(AUTHORIZE, usual(service) | {"claims": "{" + " " * 8000 + "}"})
    assert answer_at(response, service)["error"] == "login_required"


def send(method: str, words: str) -> Any:
    browser = Browser()
    if method == "GET":
        return browser.get(f"{AUTHORIZE}?{words}")
    response = browser.post(AUTHORIZE, words, content_type=FORM)
    is_sent_back = response.status_code == 303 and response["Location"].startswith(AUTHORIZE)
    return browser.get(response["Location"]) if is_sent_back else response


def answer_at(response: Any, service: Client) -> dict[str, str]:
    """The words of an answer, which went to the registered redirect URI and nowhere else."""
    assert response.status_code == 303
    url, _, query = response["Location"].partition("?")
    assert url == service.redirect_uris
    assert not urlsplit(response["Location"]).fragment
    return dict(parse_qsl(query, strict_parsing=True))
