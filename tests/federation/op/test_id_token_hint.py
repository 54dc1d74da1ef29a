import base64
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from federation import registry
from federation.models import Account, Client
from federation.op import keys
from federation.op.id_token import read_hint
from tests.factories.federation import fs
from tests.federation.op.asking import read_userinfo, tokens_of, verified


@pytest.fixture
def id_token(service: Client, agent: Account) -> str:
    token: str = tokens_of(service, agent)["id_token"]
    return token


def test_a_hint_names_the_person_the_fs_and_the_session(
    id_token: str, service: Client, agent: Account
) -> None:
    hint = read_hint(id_token)
    assert hint
    assert (hint.sub, hint.client_id) == (agent.sub, service.client_id)
    assert str(hint.sid) == verified(id_token)["sid"]


def test_s056_an_expired_id_token_is_still_a_hint(id_token: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        assert read_hint(id_token)


def test_a_hint_signed_with_hs256_is_read_with_the_secret_of_its_fs(agent: Account) -> None:
    token = tokens_of(fs(id_token_signed_response_alg="HS256"), agent)["id_token"]
    assert read_hint(token)


def test_a_shared_secret_signs_no_hint_once_the_fs_left_hs256(agent: Account) -> None:
    token = tokens_of(fs(id_token_signed_response_alg="HS256"), agent)["id_token"]
    Client.objects.update(id_token_signed_response_alg="ES256")
    registry.look_again()
    assert read_hint(token) is None


@pytest.mark.parametrize("spoil", ["header", "payload", "signature"])
def test_an_altered_hint_is_no_hint(id_token: str, spoil: str) -> None:
    parts = dict(zip(("header", "payload", "signature"), id_token.split("."), strict=True))
    parts[spoil] = parts[spoil][:-4] + ("AAAA" if parts[spoil][-4:] != "AAAA" else "BBBB")
    assert read_hint(".".join(parts.values())) is None


def test_a_hint_without_signature_is_no_hint(id_token: str) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    assert read_hint(f"{header}.{id_token.split('.')[1]}.") is None


def test_a_hint_signed_by_a_stranger_is_no_hint(id_token: str) -> None:
    stranger = ECKey.generate_key("P-256")
    kid = json.loads(base64.urlsafe_b64decode(id_token.split(".", maxsplit=1)[0] + "=="))["kid"]
    for header in ({"alg": "ES256", "kid": kid}, {"alg": "ES256"}, {"alg": "ES256", "kid": "unknown"}):
        assert read_hint(jwt.encode(header, verified(id_token), stranger, algorithms=["ES256"])) is None


def test_a_public_key_never_serves_as_a_shared_one(id_token: str, service: Client) -> None:
    """RFC 8725 2.1."""
    public = keys.jwks()
    for secret in (public, public.decode().strip()):
        forged = jwt.encode(
            {"alg": "HS256"}, verified(id_token), OctKey.import_key(secret), algorithms=["HS256"]
        )
        assert read_hint(forged) is None


def test_a_signed_userinfo_is_no_id_token(agent: Account) -> None:
    service = fs(userinfo_signed_response_alg="ES256")
    response = read_userinfo(tokens_of(service, agent)["access_token"])
    assert read_hint(response.content.decode()) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"sub": "not-a-uuid"},
        {"sub": None},
        {"sid": 12},
        {"sid": "' OR 1=1"},
    ],
)
def test_a_hint_of_another_shape_is_no_hint(id_token: str, claims: dict[str, Any]) -> None:
    key = keys.verifying().keys[0]
    header = {"alg": "ES256", "kid": key.kid}
    assert read_hint(jwt.encode(header, verified(id_token) | claims, key, algorithms=["ES256"])) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a.b.c",
        "..",
        "é.é.é",
        "\udcff",
        "eyJhbGciOiJIUzI1NiJ9.W1tb.AAAA",
        "e30.e30.e30",
        "eyJhbGciOiJIUzI1NiJ9." + base64.urlsafe_b64encode(b"[" * 6000).decode() + ".AAAA",
    ],
)
def test_what_is_no_token_is_no_hint(db: None, text: str) -> None:
    assert read_hint(text) is None
