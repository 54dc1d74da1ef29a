"""The Config plan: what the provider publishes of itself."""

import re
from typing import Any
from urllib.parse import urlsplit

from tests.federation.conformance import checks
from tests.federation.conformance.checks import PRIVATE_MEMBERS, Published
from tests.federation.conformance.site import Site

LANGUAGE_TAG = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"  # RFC 5646 2.1, canonical case
SCOPE = r"[\x21\x23-\x5b\x5d-\x7e]+"  # RFC 6749 3.3

TEXT, TEXTS, YES_OR_NO = str, list, bool
# OpenID Connect Discovery 3, and what later specifications registered.
SCHEMA: dict[str, type] = {
    "issuer": TEXT,
    "authorization_endpoint": TEXT,
    "token_endpoint": TEXT,
    "userinfo_endpoint": TEXT,
    "jwks_uri": TEXT,
    "end_session_endpoint": TEXT,
    "introspection_endpoint": TEXT,
    "revocation_endpoint": TEXT,
    "service_documentation": TEXT,
    "op_policy_uri": TEXT,
    "op_tos_uri": TEXT,
    "scopes_supported": TEXTS,
    "claims_supported": TEXTS,
    "claim_types_supported": TEXTS,
    "response_types_supported": TEXTS,
    "response_modes_supported": TEXTS,
    "grant_types_supported": TEXTS,
    "prompt_values_supported": TEXTS,
    "acr_values_supported": TEXTS,
    "subject_types_supported": TEXTS,
    "display_values_supported": TEXTS,
    "code_challenge_methods_supported": TEXTS,
    "token_endpoint_auth_methods_supported": TEXTS,
    "token_endpoint_auth_signing_alg_values_supported": TEXTS,
    "introspection_endpoint_auth_methods_supported": TEXTS,
    "introspection_endpoint_auth_signing_alg_values_supported": TEXTS,
    "introspection_signing_alg_values_supported": TEXTS,
    "revocation_endpoint_auth_methods_supported": TEXTS,
    "revocation_endpoint_auth_signing_alg_values_supported": TEXTS,
    "id_token_signing_alg_values_supported": TEXTS,
    "userinfo_signing_alg_values_supported": TEXTS,
    "userinfo_encryption_alg_values_supported": TEXTS,
    "userinfo_encryption_enc_values_supported": TEXTS,
    "ui_locales_supported": TEXTS,
    "claims_locales_supported": TEXTS,
    "claims_parameter_supported": YES_OR_NO,
    "request_parameter_supported": YES_OR_NO,
    "request_uri_parameter_supported": YES_OR_NO,
    "require_request_uri_registration": YES_OR_NO,
    "authorization_response_iss_parameter_supported": YES_OR_NO,
    "backchannel_logout_supported": YES_OR_NO,
    "backchannel_logout_session_supported": YES_OR_NO,
}


def test_oidcc_discovery_endpoint_verification(site: Site, published: Published) -> None:
    response = site.http.get(site.discovery_url)
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    metadata = response.json()
    _is_of_this_site(metadata, site)
    _every_member_has_its_type(metadata)
    checks.every_endpoint_is_https(metadata)
    _offers_what_openid_requires(metadata)
    _speaks_of_scopes_claims_and_languages(metadata)
    _keys_are_public_and_usable(published)


def _is_of_this_site(metadata: dict[str, Any], site: Site) -> None:
    """Discovery 4.3, RFC 8414 2."""
    assert f"{metadata['issuer']}/.well-known/openid-configuration" == site.discovery_url
    parts = urlsplit(metadata["issuer"])
    assert parts.scheme == "https"
    assert parts.query == parts.fragment == ""


def _every_member_has_its_type(metadata: dict[str, Any]) -> None:
    for name, value in metadata.items():
        assert name in SCHEMA, f"{name} is in no specification"
        assert isinstance(value, SCHEMA[name]), name
        if isinstance(value, list):
            assert value and all(isinstance(each, str) for each in value), name
            assert len(set(value)) == len(value), name


def _offers_what_openid_requires(metadata: dict[str, Any]) -> None:
    """Discovery 3."""
    assert metadata["userinfo_endpoint"]
    assert "code" in metadata["response_types_supported"]
    assert {*metadata["subject_types_supported"]} <= {"public", "pairwise"}
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert {"RS256", "ES256"} <= {*metadata["userinfo_signing_alg_values_supported"]}
    assert "authorization_code" in metadata["grant_types_supported"]
    assert "S256" in metadata["code_challenge_methods_supported"]


def _speaks_of_scopes_claims_and_languages(metadata: dict[str, Any]) -> None:
    assert "openid" in metadata["scopes_supported"]
    assert all(re.fullmatch(SCOPE, scope) for scope in metadata["scopes_supported"])
    assert "sub" in metadata["claims_supported"]
    for name in ("ui_locales_supported", "claims_locales_supported"):
        assert all(re.fullmatch(LANGUAGE_TAG, tag) for tag in metadata.get(name, ()))
    assert "RS256" in metadata.get("request_object_signing_alg_values_supported", ["RS256"])


def _keys_are_public_and_usable(published: Published) -> None:
    """RFC 7517 4, RFC 7518 6."""
    for key in published.keys:
        assert key["kty"] in ("EC", "RSA")
        assert not PRIVATE_MEMBERS & key.keys()
        assert key["use"] == "sig"
        assert key["alg"] in published.metadata["id_token_signing_alg_values_supported"]
    for algorithm in ("RS256", "ES256"):
        assert any(key["alg"] == algorithm for key in published.keys)
