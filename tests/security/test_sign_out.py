"""Who may end a session, and where the browser lands (S-053 to S-057)."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from federation import registry
from federation.models import Client, Provider
from federation.op import keys
from federation.rp import metadata
from tests.factories.federation import SECRET, account, fs
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import AGENT
from tests.federation.op.asking import read_userinfo, tokens_of, verified
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, tokens_for

END = "/api/v2/session/end"
ASKS_FIRST = "Voulez-vous vous déconnecter"


@pytest.fixture
def given(surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider) -> dict[str, Any]:
    """Tokens of the person signed in in ``surfer``."""
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    told: dict[str, Any] = tokens_for(service, surfer.told["code"]).json()
    return told


def still_in(surfer: Surfer, service: Client) -> bool:
    surfer.open(authorize_url(service, prompt="none"))
    return "code" in surfer.told


def asked(surfer: Surfer, **words: str) -> str:
    surfer.open(f"{END}?{urlencode(words)}")
    return surfer.text


def test_s054_only_a_registered_address_of_return_is_followed(
    surfer: Surfer, service: Client, given: dict[str, Any]
) -> None:
    home = service.post_logout_redirect_uri_list[0]
    other = fs()
    for uri in (
        home.upper(),
        home[:-1],
        home + "x",
        home + "?a=b",
        home + "#a",
        home + "..;/",
        home.replace(".fr/", ".fr:443/"),
        home.replace("https://", "https://evil.example@"),
        home.replace("https", "http"),
        service.redirect_uri_list[0],
        other.post_logout_redirect_uri_list[0],
        f"{home}\r\nX: y",
        "//evil.example",
        "javascript:alert(1)",
    ):
        page = surfer.open(
            f"{END}?{urlencode({'id_token_hint': given['id_token'], 'post_logout_redirect_uri': uri})}"
        )
        assert surfer.error_code in ("Y030111", "Y000400"), uri
        assert "Location" not in page
        assert "evil.example" not in surfer.text
        assert still_in(surfer, service), "nothing is ended by a request that is refused"


def test_s055_neither_a_forged_hint_nor_a_foreign_one_ends_a_session_unasked(
    surfer: Surfer, service: Client, given: dict[str, Any], ministry: Provider
) -> None:
    shared = fs(id_token_signed_response_alg="HS256")
    claims = verified(given["id_token"])
    hints = {
        "none": "",
        "no token": "a.b.c",
        "unsigned": unsigned(given["id_token"]),
        "signed by a stranger": jwt.encode(
            {"alg": "ES256"}, claims, ECKey.generate_key("P-256"), algorithms=["ES256"]
        ),
        "HS256 with our public key": by_shared_key(claims, keys.jwks().decode()),
        "HS256 for a FS of ES256": by_shared_key(claims, SECRET),
        "HS256 by another FS about this person": by_shared_key(claims | {"iss": "x"}, SECRET),
        "another person's": tokens_of(service, account(at=ministry))["id_token"],
        "another person's, by HS256": tokens_of(shared, account(at=ministry))["id_token"],
        "a claims set with two audiences": by_shared_key(claims | {"aud": [shared.client_id, "x"]}, SECRET),
    }
    for name, hint in hints.items():
        assert ASKS_FIRST in asked(surfer, id_token_hint=hint), name
        assert still_in(surfer, service), name


def unsigned(token: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


def by_shared_key(claims: dict[str, Any], secret: str) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret), algorithms=["HS256"])


def test_s055_neither_an_image_nor_a_form_of_another_site_signs_out(
    surfer: Surfer, service: Client, given: dict[str, Any]
) -> None:
    surfer.open(END)
    surfer.response = surfer.browser.post(END, {"client_id": service.client_id})
    assert ASKS_FIRST in surfer.text
    assert surfer.post_without_token(f"{END}/confirm").status_code == 403
    assert surfer.open(f"{END}/confirm").status_code == 405
    assert still_in(surfer, service)


def test_s055_what_was_asked_without_proof_is_carried_as_text_and_checked_again(
    surfer: Surfer, service: Client, given: dict[str, Any]
) -> None:
    home = service.post_logout_redirect_uri_list[0]
    asked(
        surfer,
        client_id=service.client_id,
        post_logout_redirect_uri=home,
        state='"><script>alert(1)</script>',
    )
    assert "<script>alert" not in surfer.text
    evil = {"client_id": service.client_id, "post_logout_redirect_uri": "https://evil.example/"}
    surfer.response = surfer.browser.post(f"{END}/confirm", evil | {"csrfmiddlewaretoken": surfer.token})
    assert surfer.error_code == "Y030111"
    assert still_in(surfer, service)


def test_s053_a_state_comes_back_to_the_byte_and_adds_no_header(
    surfer: Surfer, service: Client, given: dict[str, Any], demo_provider: DemoProvider
) -> None:
    home, state = service.post_logout_redirect_uri_list[0], "é &=#%0d%0aX-Injected: 1"
    words = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home, "state": state}
    surfer.open(f"{END}?{urlencode(words)}")
    back = surfer.told
    surfer.open(f"/api/v2/client/logout-callback?{urlencode({'state': back['state']})}")
    assert surfer.left_for.startswith(home)
    assert surfer.told == {"state": state}
    assert "X-Injected" not in surfer.response.headers
    surfer.open(f"/api/v2/client/logout-callback?{urlencode({'state': back['state']})}")
    assert surfer.response.status_code == 200, "once"


def test_s053_only_the_tokens_of_that_session_die(
    surfer: Surfer, stranger: Surfer, service: Client, given: dict[str, Any], demo_provider: DemoProvider
) -> None:
    stranger.goes_to(service, AGENT)
    stranger.open(demo_provider.sign_in(stranger.left_for))
    elsewhere = tokens_for(service, stranger.told["code"]).json()
    surfer.open(f"{END}?{urlencode({'id_token_hint': given['id_token']})}")
    assert read_userinfo(given["access_token"]).status_code == 401
    assert read_userinfo(elsewhere["access_token"]).status_code == 200
    assert still_in(stranger, service)


def test_s057_a_fi_that_is_down_keeps_nobody_signed_in_and_it_is_logged(
    surfer: Surfer,
    service: Client,
    given: dict[str, Any],
    ministry: Provider,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    Provider.objects.filter(pk=ministry.pk).update(issuer="http://127.0.0.1:9")
    registry.look_again()
    metadata.forget()
    home = service.post_logout_redirect_uri_list[0]
    words = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home, "state": "s"}
    with django_capture_on_commit_callbacks(execute=True):
        surfer.open(f"{END}?{urlencode(words)}")
    assert surfer.left_for == f"{home}?state=s"
    assert not still_in(surfer, service)
    events = json.dumps([line.getMessage() for line in caplog.records])
    assert "SESSION_ENDED" in events
    assert "FI_LOGOUT_SKIPPED" in events


def test_s058_the_page_that_was_open_is_not_kept_by_the_browser(
    surfer: Surfer, service: Client, given: dict[str, Any]
) -> None:
    asked(surfer, id_token_hint=given["id_token"])
    assert len(surfer.answers) > 4
    for answer in surfer.answers:
        assert "no-store" in answer["Cache-Control"]
