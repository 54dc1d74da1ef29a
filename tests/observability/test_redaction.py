from typing import Any

import pytest

from proconnect.observability.redaction import MASK, redacted

SECRETS = {
    "code of an authorization": "kQ3v9Zc1T0xW7bYpL2mN8sRfUgHjD4aEoIiVtXyBzKq",
    "JWT": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.MEUCIQDx-3_signature",
    "password": "Correct horse battery",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password1",
        "code",
        "access_token",
        "id_token_hint",
        "client_secret",
        "client_assertion",
        "Cookie",
        "HTTP_AUTHORIZATION",
        "state",
        "nonce",
        "code_verifier",
        "totp_code",
        "sealed",
    ],
)
def test_s167_a_field_named_after_a_secret_is_masked_at_any_depth(name: str, secret: str) -> None:
    assert redacted({"request": [{name: secret}]}) == {"request": [{name: MASK}]}


@pytest.mark.parametrize(
    "text",
    [
        "GET /callback?code={secret}&state=x",
        "grant_type=refresh_token&refresh_token={secret}",
        "https://fi.gouv.fr/end?id_token_hint={secret}",
        "{{'code': '{secret}', 'scope': 'openid'}}",
        '{{"client_secret": "{secret}"}}',
        "Authorization: Bearer {secret}",
        "Authorization: Basic {secret}",
        "Cookie: session={secret}; csrf=1",
        "unexpected value {secret} here",
        "/identite/nouveau-mot-de-passe/{secret}/",
        "duplicate key\nDETAIL:  Key (code_hash)=({secret}) already exists.",
    ],
)
def test_s167_a_token_in_a_text_is_masked(text: str) -> None:
    for secret in (SECRETS["code of an authorization"], SECRETS["JWT"]):
        assert secret not in redacted(text.format(secret=secret))


@pytest.mark.parametrize("text", ["code=1234567890", "'password': 'Correct-horse'", "otp: '123456'"])
def test_s167_a_short_secret_is_masked_where_its_name_stands(text: str) -> None:
    assert MASK in redacted(text)
    assert "123456" not in redacted(text)
    assert "Correct" not in redacted(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "Y500001"),
        ("event", "Trop de tentatives, code Y000429"),
        ("trace_id", "9b2b3b54-1d0c-4f4e-9a53-0b7f2f0a1c11"),
        ("path", "/api/v2/interaction/9b2b3b54-1d0c-4f4e-9a53-0b7f2f0a1c11/"),
        ("siret", "13002526500013"),
        ("status", 200),
        ("ms", 12.5),
        ("well", True),
        ("nothing", None),
        ("event", "federation.journey.steps.refuse_email_the_client_excludes"),
    ],
)
def test_what_an_operator_needs_is_left(name: str, value: Any) -> None:
    assert redacted(value, name) == value
