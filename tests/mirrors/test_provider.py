"""The demo FI is an honest OpenID Provider until told otherwise."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet

from tests.mirrors.provider.double import AGENT, DemoProvider, answer_in
from tests.mirrors.provider.issuer import at_hash

REDIRECT_URI = "http://localhost:8000/api/v2/oidc-callback"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def authorization_url(provider: DemoProvider, **changes: str) -> str:
    asked = {
        "client_id": provider.client.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid email",
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{provider.issuer}/authorize?{httpx.QueryParams({**asked, **changes})}"


def exchange(provider: DemoProvider, callback: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": answer_in(callback)["code"],
        "redirect_uri": REDIRECT_URI,
        "client_id": provider.client.client_id,
        "client_secret": provider.client.client_secret,
        "code_verifier": VERIFIER,
    }
    return httpx.post(f"{provider.issuer}/token", data={**form, **changes})


def tokens(provider: DemoProvider, **identity: str) -> dict[str, Any]:
    answer: dict[str, Any] = exchange(
        provider, provider.sign_in(authorization_url(provider), **identity)
    ).json()
    return answer


def verified(provider: DemoProvider, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(httpx.get(f"{provider.issuer}/jwks").json())
    return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


def header_of(token: str) -> dict[str, Any]:
    part, _, _ = token.partition(".")
    header: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return header


def userinfo(provider: DemoProvider, access_token: str) -> httpx.Response:
    return httpx.get(f"{provider.issuer}/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def test_an_honest_login_gives_tokens_that_verify(demo_provider: DemoProvider) -> None:
    callback = demo_provider.sign_in(authorization_url(demo_provider))
    assert answer_in(callback) | {"code": ""} == {"code": "", "state": "a-state", "iss": demo_provider.issuer}

    given = exchange(demo_provider, callback).json()
    claims = verified(demo_provider, given["id_token"])
    assert claims["iss"] == demo_provider.issuer
    assert claims["aud"] == "proconnect"
    assert claims["nonce"] == "a-nonce"
    assert (claims["acr"], claims["amr"]) == ("eidas1", ["pwd"])
    assert claims["at_hash"] == at_hash(given["access_token"])

    answer = userinfo(demo_provider, given["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    assert verified(demo_provider, answer.text)["email"] == AGENT["email"]


def test_a_code_is_good_for_one_exchange(demo_provider: DemoProvider) -> None:
    callback = demo_provider.sign_in(authorization_url(demo_provider))
    assert exchange(demo_provider, callback).status_code == 200
    assert exchange(demo_provider, callback).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:8000/elsewhere"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused(
    demo_provider: DemoProvider, changes: dict[str, str], error: str
) -> None:
    callback = demo_provider.sign_in(authorization_url(demo_provider))
    assert exchange(demo_provider, callback, **changes).json()["error"] == error


def test_an_unregistered_return_address_is_never_followed(demo_provider: DemoProvider) -> None:
    answer = httpx.get(authorization_url(demo_provider, redirect_uri="https://evil.example/"))
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_the_login_page_is_prefilled_with_the_hint(demo_provider: DemoProvider) -> None:
    page = httpx.get(authorization_url(demo_provider, login_hint="zoe.petit@exemples.gouv.fr"))
    assert 'value="zoe.petit@exemples.gouv.fr"' in page.text
    assert 'value="Zoe"' in page.text


def test_an_empty_field_is_a_claim_the_fi_does_not_give(demo_provider: DemoProvider) -> None:
    given = tokens(demo_provider, siret="", acr="", more_claims='{"groupe": "a"}')
    claims = verified(demo_provider, userinfo(demo_provider, given["access_token"]).text)
    assert "siret" not in claims
    assert claims["groupe"] == "a"
    assert "acr" not in verified(demo_provider, given["id_token"])


def test_the_tester_may_answer_an_error(demo_provider: DemoProvider) -> None:
    callback = demo_provider.sign_in(authorization_url(demo_provider), answer="error", error="access_denied")
    assert answer_in(callback)["error"] == "access_denied"
    assert answer_in(callback)["state"] == "a-state"


def test_silence_is_obeyed_without_a_session(demo_provider: DemoProvider) -> None:
    answer = httpx.get(authorization_url(demo_provider, prompt="none"))
    assert answer_in(answer.headers["location"])["error"] == "login_required"


@pytest.mark.parametrize(
    "signature", ["other_key", "unknown_kid", "tampered", "none", "hs256_with_public_key"]
)
def test_a_spoilt_signature_does_not_verify(demo_provider: DemoProvider, signature: str) -> None:
    demo_provider.misbehave(id_token_signature=signature)
    with pytest.raises((JoseError, BadSignatureError, ValueError)):
        verified(demo_provider, tokens(demo_provider)["id_token"])


def test_faults_change_claims_headers_and_clock(demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(
        id_token={"iss": "https://evil.example", "nonce": None},
        id_token_header={"jku": "https://evil.example/jwks"},
        clock_skew=3600,
    )
    given = tokens(demo_provider)
    claims = verified(demo_provider, given["id_token"])
    assert claims["iss"] == "https://evil.example"
    assert "nonce" not in claims
    assert claims["iat"] > time.time() + 3500
    assert header_of(given["id_token"])["jku"] == "https://evil.example/jwks"


def test_faults_may_last_a_single_login_to_its_very_end(demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(logins=1, userinfo={"sub": "somebody-else"})
    spoilt, honest = tokens(demo_provider), tokens(demo_provider)
    assert (
        verified(demo_provider, userinfo(demo_provider, spoilt["access_token"]).text)["sub"]
        == "somebody-else"
    )
    assert (
        verified(demo_provider, userinfo(demo_provider, honest["access_token"]).text)["sub"] == AGENT["sub"]
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [("status", 503), ("html", None), ("garbage", None), ("empty", None), ("huge", 300_000)],
)
def test_an_endpoint_in_trouble_answers_no_json(
    demo_provider: DemoProvider, kind: str, value: object
) -> None:
    demo_provider.misbehave(trouble={"jwks": {"kind": kind, "value": value}})
    answer = httpx.get(f"{demo_provider.issuer}/jwks")
    if kind == "huge":
        assert len(answer.content) > 300_000
    elif kind == "status":
        assert answer.status_code == 503
    else:
        with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
            answer.json()


def test_a_truncated_answer_breaks_the_connection(demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(trouble={"discovery": {"kind": "truncated"}})
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{demo_provider.issuer}/.well-known/openid-configuration")


def test_a_rotation_may_withdraw_the_former_keys(demo_provider: DemoProvider) -> None:
    given = tokens(demo_provider)
    demo_provider.rotate_keys("keep")
    assert verified(demo_provider, given["id_token"])["sub"] == AGENT["sub"]
    demo_provider.rotate_keys("drop")
    with pytest.raises((JoseError, ValueError)):
        verified(demo_provider, given["id_token"])


def test_orders_may_come_from_another_process_and_are_never_misread(demo_provider: DemoProvider) -> None:
    control = f"{demo_provider.issuer}/control"
    assert httpx.post(control, json={"faults": {"callback": {"iss": None}}, "logins": 1}).status_code == 200
    assert "iss" not in answer_in(demo_provider.sign_in(authorization_url(demo_provider)))
    assert httpx.post(control, json={"faults": {"isss": "x"}}).status_code == 400
    assert httpx.post(control, json={"faults": {"trouble": {"token": {"kind": "maybe"}}}}).status_code == 400
    assert httpx.post(control, content="{}", headers={"Content-Type": "text/plain"}).status_code == 415
    received = httpx.get(control).json()["received"]
    assert received[-1]["parameters"]["nonce"] == "a-nonce"


def test_two_fi_of_one_server_share_nothing(
    demo_provider: DemoProvider, other_provider: DemoProvider
) -> None:
    demo_provider.misbehave(id_token_signature="none")
    assert verified(other_provider, tokens(other_provider)["id_token"])["iss"] == other_provider.issuer
    assert other_provider.issuer != demo_provider.issuer
