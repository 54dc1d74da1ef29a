import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.http import HttpResponse

from federation.op.answer import answer_code, answer_error, error_url
from federation.op.request import ReturnAddress

CALLBACK = "https://fs.example.gouv.fr/callback"
ISSUER = "http://localhost:8000/api/v2"
STATES = ["", "a-state", "é ç & = + % # /?", "<script>alert(1)</script>", '"', "s" * 4096]


def words_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True))


@pytest.mark.parametrize("state", STATES)
def test_s006_s007_the_state_comes_back_byte_for_byte_with_iss(state: str) -> None:
    to = ReturnAddress(CALLBACK, state, "query")
    told = {"state": state, "iss": ISSUER} if state else {"iss": ISSUER}
    assert words_of(answer_code(to, "a-code")["Location"]) == {"code": "a-code", **told}
    assert words_of(answer_error(to, "access_denied", "no")["Location"]) == {
        "error": "access_denied",
        "error_description": "no",
        **told,
    }


def test_s024_the_browser_is_sent_by_303_and_nothing_is_kept() -> None:
    response = answer_code(ReturnAddress(CALLBACK, "", "query"), "a-code")
    assert response.status_code == 303
    assert response["Cache-Control"] == "no-store"
    assert response.content == b""


def test_a_query_the_fs_registered_is_kept() -> None:
    url = answer_code(ReturnAddress(f"{CALLBACK}?tenant=a", "s", "query"), "a-code")["Location"]
    assert url.startswith(f"{CALLBACK}?tenant=a&code=a-code&")


@pytest.mark.parametrize("description", ['"quotes" and \\', "é", "two\r\nlines", "tab\t"])
def test_a_description_holds_only_the_characters_rfc_6749_allows(description: str) -> None:
    told = words_of(error_url(ReturnAddress(CALLBACK, "", "query"), "server_error", description))
    assert all(
        " " <= character <= "~" and character not in '"\\' for character in told.get("error_description", "")
    )


@pytest.mark.parametrize("state", STATES)
def test_an_answer_by_form_holds_the_same_words(state: str) -> None:
    page = answer_code(ReturnAddress(CALLBACK, state, "form_post"), "a-code")
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert fields_of(page) == {"code": "a-code", "iss": ISSUER} | ({"state": state} if state else {})
    assert f'action="{CALLBACK}"' in page.content.decode()


def test_an_error_by_form_is_a_form_too() -> None:
    page = answer_error(ReturnAddress(CALLBACK, "s", "form_post"), "login_required", "")
    assert fields_of(page) == {"error": "login_required", "state": "s", "iss": ISSUER}


def test_the_form_has_a_button_and_no_inline_script() -> None:
    page = answer_code(ReturnAddress(CALLBACK, "s", "form_post"), "a-code").content.decode()
    assert "Continuer" in page
    assert 'type="submit"' in page
    assert "<script>" not in page
    assert "onload" not in page


def test_the_way_out_of_a_page_is_a_link_even_for_a_fs_that_wants_forms() -> None:
    url = error_url(ReturnAddress(CALLBACK, "s", "form_post"), "access_denied", "Y500015")
    assert words_of(url) == {
        "error": "access_denied",
        "error_description": "Y500015",
        "state": "s",
        "iss": ISSUER,
    }


def fields_of(page: HttpResponse) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.content.decode())
    return {name: unescape(value) for name, value in fields}
