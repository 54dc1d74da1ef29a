"""Userinfo encrypted for its FS alone (OIDC Core 5.3.2): the key it registered opens it, nothing else does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from joserfc import jwe, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from pytest_django import DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from federation.models import Account, Client
from tests.factories.federation import SECRET, fs
from tests.federation.op.asking import read_userinfo, tokens_of, verified

Key = ECKey | RSAKey | OKPKey
RSA, P256, X25519 = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("X25519")


def jwks(*keys: Key, **marks: str) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) | marks for key in keys]}


def encrypted_fs(algorithm: str, held: dict[str, Any] | None, **changes: Any) -> Client:
    return fs(
        userinfo_encrypted_response_alg=algorithm,
        userinfo_encrypted_response_enc="A256GCM",
        jwks=held,
        **changes,
    )


def opened(token: str, key: Key) -> tuple[dict[str, Any], str]:
    found = jwe.decrypt_compact(token, key, algorithms=["RSA-OAEP-256", "ECDH-ES", "A256GCM"])
    assert found.plaintext is not None
    return dict(found.headers()), found.plaintext.decode()


@pytest.mark.parametrize(
    ("algorithm", "key"), [("RSA-OAEP-256", RSA), ("ECDH-ES", P256), ("ECDH-ES", X25519)]
)
def test_what_is_not_signed_is_encrypted_json(agent: Account, algorithm: str, key: Key) -> None:
    service = encrypted_fs(algorithm, jwks(key, use="enc", kid="one"))
    response = read_userinfo(tokens_of(service, agent)["access_token"])
    assert response["Content-Type"] == "application/jwt"
    assert response["Cache-Control"] == "no-store"
    header, content = opened(response.content.decode(), key)
    assert (header["alg"], header["enc"], header["kid"]) == (algorithm, "A256GCM", "one")
    assert "cty" not in header
    claims = json.loads(content)
    assert claims["sub"] == str(agent.sub)
    assert claims["email"] == "camille.martin@example.gouv.fr"
    assert claims["aud"] == service.client_id


@pytest.mark.parametrize("signing", ["ES256", "RS256"])
@pytest.mark.parametrize(("algorithm", "key"), [("RSA-OAEP-256", RSA), ("ECDH-ES", P256)])
def test_what_is_signed_is_signed_then_encrypted(
    agent: Account, algorithm: str, key: Key, signing: str
) -> None:
    service = encrypted_fs(algorithm, jwks(key), userinfo_signed_response_alg=signing)
    header, nested = opened(read_userinfo(tokens_of(service, agent)["access_token"]).content.decode(), key)
    assert header["cty"] == "JWT"  # RFC 7519 5.2
    claims = verified(nested, signing)
    assert claims["sub"] == str(agent.sub)
    assert claims["iss"] == "http://localhost:8000/api/v2"
    assert claims["aud"] == service.client_id


def test_hs256_may_be_encrypted_too(agent: Account) -> None:
    service = encrypted_fs("ECDH-ES", jwks(P256), userinfo_signed_response_alg="HS256")
    _, nested = opened(read_userinfo(tokens_of(service, agent)["access_token"]).content.decode(), P256)
    assert jwt.decode(nested, OctKey.import_key(SECRET), ["HS256"]).claims["sub"] == str(agent.sub)


def test_the_key_marked_for_encryption_goes_first_and_another_opens_nothing(agent: Account) -> None:
    meant = RSAKey.generate_key(2048)
    held = {"keys": [*jwks(RSA)["keys"], *jwks(meant, use="enc")["keys"]]}
    token = read_userinfo(tokens_of(encrypted_fs("RSA-OAEP-256", held), agent)["access_token"]).content
    opened(token.decode(), meant)
    with pytest.raises(JoseError):
        opened(token.decode(), RSA)


with pytest.warns(SecurityWarning):
    WEAK = RSAKey.generate_key(1024)


@pytest.mark.parametrize(
    ("algorithm", "held"),
    [
        pytest.param("RSA-OAEP-256", None, id="no key at all"),
        pytest.param("RSA-OAEP-256", {"keys": []}, id="an empty set"),
        pytest.param("RSA-OAEP-256", jwks(P256), id="of another type"),
        pytest.param("ECDH-ES", jwks(RSA), id="of another type, again"),
        pytest.param("RSA-OAEP-256", jwks(RSA, use="sig"), id="for signatures"),
        pytest.param("RSA-OAEP-256", jwks(RSA, alg="RS256"), id="for another algorithm"),
        pytest.param("RSA-OAEP-256", jwks(WEAK), id="too short"),
        pytest.param(
            "ECDH-ES", {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}, id="no point"
        ),
        pytest.param("ECDH-ES", {"keys": ["nonsense"]}, id="nonsense"),
    ],
)
def test_without_a_usable_key_nothing_leaves_in_clear(
    agent: Account,
    algorithm: str,
    held: dict[str, Any] | None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    for signing in (None, "ES256"):
        service = encrypted_fs(algorithm, held, userinfo_signed_response_alg=signing)
        access_token = tokens_of(service, agent)["access_token"]
        with capture_logs() as traces, django_capture_on_commit_callbacks(execute=True):
            response = read_userinfo(access_token)
        assert response.status_code == 503
        assert response["Content-Type"] == "application/json"
        assert response.json()["error"] == "server_error"
        assert "camille" not in response.content.decode()
        told = [trace for trace in traces if trace["event"] != "request"]
        assert [(trace["event"], trace["client_id"]) for trace in told] == [
            ("FS_REFUSED_TOKENS", service.client_id)
        ]


# Keys published at the FS's own jwks_uri


@dataclass
class Publisher:
    uri: str
    document: Any = None
    is_up: bool = True


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(published.document).encode()
            self.send_response(200 if published.is_up else 500)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        published = Publisher(f"http://127.0.0.1:{server.server_port}/jwks")
        Thread(target=server.serve_forever, daemon=True).start()
        yield published
        server.shutdown()


def test_the_key_may_be_published_and_stays_good_while_the_fs_is_silent(
    agent: Account, publisher: Publisher
) -> None:
    publisher.document = {"keys": [*jwks(P256, use="sig")["keys"], *jwks(RSA, use="enc")["keys"]]}
    service = encrypted_fs("RSA-OAEP-256", None, jwks_uri=publisher.uri)
    access_token = tokens_of(service, agent)["access_token"]
    for publisher.is_up in (True, False):
        _, content = opened(read_userinfo(access_token).content.decode(), RSA)
        assert json.loads(content)["sub"] == str(agent.sub)


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": [None]}, jwks(P256)])
def test_nothing_leaves_while_what_is_published_is_of_no_use(
    agent: Account, publisher: Publisher, document: Any
) -> None:
    publisher.document = document
    service = encrypted_fs("RSA-OAEP-256", None, jwks_uri=publisher.uri)
    assert read_userinfo(tokens_of(service, agent)["access_token"]).status_code == 503


def test_nothing_leaves_while_the_address_of_the_keys_does_not_answer(agent: Account) -> None:
    service = encrypted_fs("RSA-OAEP-256", None, jwks_uri="http://127.0.0.1:9/jwks")
    response = read_userinfo(tokens_of(service, agent)["access_token"])
    assert response.status_code == 503
    assert response["Retry-After"]
