from typing import Any

import pytest
from django.test import Client as Browser
from joserfc.jwk import KeySet
from pytest_django import DjangoAssertNumQueries

from federation.claims import CLAIMS, GENERIC_OIDC, IDENTITE
from tests.federation.op.asking import TOKEN, USERINFO

DISCOVERY = "/api/v2/.well-known/openid-configuration"
JWKS = "/api/v2/jwks"


@pytest.fixture
def metadata(db: None) -> dict[str, Any]:
    told: dict[str, Any] = Browser().get(DISCOVERY).json()
    return told


def test_discovery_tells_what_works(metadata: dict[str, Any]) -> None:
    issuer = "http://localhost:8000/api/v2"
    assert metadata["issuer"] == issuer
    assert metadata["authorization_endpoint"] == f"{issuer}/authorize"
    assert metadata["token_endpoint"] == f"{issuer}/token"
    assert metadata["userinfo_endpoint"] == f"{issuer}/userinfo"
    assert metadata["jwks_uri"] == f"{issuer}/jwks"
    assert metadata["end_session_endpoint"] == f"{issuer}/session/end"
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["response_modes_supported"] == ["query", "form_post"]
    assert metadata["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert metadata["subject_types_supported"] == ["public"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["revocation_endpoint"] == f"{issuer}/token/revocation"
    assert metadata["introspection_endpoint"] == f"{issuer}/token/introspection"
    assert metadata["introspection_signing_alg_values_supported"] == ["ES256", "RS256", "HS256"]
    for name in ("token", "revocation", "introspection"):
        assert metadata[f"{name}_endpoint_auth_methods_supported"] == [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ]
        algorithms = metadata[f"{name}_endpoint_auth_signing_alg_values_supported"]
        assert algorithms == ["ES256", "RS256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True  # S-007
    assert metadata["request_parameter_supported"] is False
    assert metadata["request_uri_parameter_supported"] is False  # true when left out
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]  # OIDC Discovery 3
    assert "openid" in metadata["scopes_supported"]


def test_every_claim_a_fs_may_read_is_told_under_its_name_and_scope(metadata: dict[str, Any]) -> None:
    for claim in CLAIMS:
        assert claim.name in metadata["claims_supported"]
        assert claim.scope in metadata["scopes_supported"]
    for claim in (*GENERIC_OIDC, *IDENTITE):
        assert claim.name in metadata["claims_supported"]
    assert {"acr", "amr", "auth_time", "sid", "iss"} <= set(metadata["claims_supported"])


def test_a_scope_that_only_some_fs_understand_is_not_offered_to_all(metadata: dict[str, Any]) -> None:
    """OIDC Discovery 3 lets a scope be left out."""
    assert "profile" not in metadata["scopes_supported"]


def test_userinfo_may_be_encrypted_by_what_is_told(metadata: dict[str, Any]) -> None:
    assert metadata["userinfo_encryption_alg_values_supported"] == ["RSA-OAEP-256", "ECDH-ES"]
    assert metadata["userinfo_encryption_enc_values_supported"] == ["A256GCM"]
    assert "id_token_encryption_alg_values_supported" not in metadata


@pytest.mark.parametrize(
    "absent",
    [
        "registration_endpoint",
        "check_session_iframe",
        "pushed_authorization_request_endpoint",
    ],
)
def test_discovery_tells_nothing_that_does_not_work(metadata: dict[str, Any], absent: str) -> None:
    assert absent not in metadata


@pytest.mark.parametrize("path", [DISCOVERY, JWKS])
def test_s051_what_is_public_may_be_read_from_any_page_and_cached(db: None, path: str) -> None:
    response = Browser().get(path, headers={"Origin": "https://anywhere.example"})
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert response["Cache-Control"] == "public, max-age=600"
    assert not response.cookies
    assert "Vary" not in response


@pytest.mark.parametrize("path", [TOKEN, USERINFO, "/api/v2/authorize", "/api/v2/session/end"])
def test_s051_nothing_else_is_read_from_another_page(db: None, path: str) -> None:
    response = Browser().get(path, headers={"Origin": "https://anywhere.example"})
    assert "Access-Control-Allow-Origin" not in response


def test_s049_the_jwks_shows_public_parts_alone(db: None) -> None:
    keys = Browser().get(JWKS).json()["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert key.keys() <= {"kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"}
    KeySet.import_key_set({"keys": keys})


def test_a_head_request_is_heard(db: None) -> None:
    assert Browser().head(DISCOVERY).status_code == 200


@pytest.mark.parametrize("path", [DISCOVERY, JWKS])
def test_what_is_public_is_only_read(db: None, path: str) -> None:
    assert Browser().post(path).status_code == 405


def test_a_foreign_host_is_refused(db: None) -> None:
    assert Browser().get(DISCOVERY, headers={"Host": "evil.example"}).status_code == 400


def test_discovery_asks_nothing_of_the_database() -> None:
    """No ``db`` here: the test would fail at the first statement."""
    assert Browser().get(DISCOVERY).json()["issuer"] == "http://localhost:8000/api/v2"


def test_the_jwks_once_read_asks_nothing_of_the_database(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Browser().get(JWKS)
    with django_assert_num_queries(0):
        assert Browser().get(JWKS).json()["keys"]
