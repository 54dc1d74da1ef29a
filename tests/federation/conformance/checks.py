"""What the suite checks in every plan, written once. Each function asserts, and answers what it read."""

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.federation.conformance.relying_party import Arrival
from tests.mirrors.browser import Page

SKEW = 300  # seconds
FIFTY_YEARS = 50 * 365 * 24 * 3600
ONE_YEAR = 365 * 24 * 3600
NEEDS_A_PAGE = ("login_required", "interaction_required", "consent_required", "account_selection_required")
ERROR_MEMBERS = {"error", "error_description", "error_uri"}
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}  # RFC 7518 6.2.2, 6.3.2, 6.4.1

# OIDC Core 5.4: what each scope asks for.
CLAIMS_OF_SCOPE: Mapping[str, frozenset[str]] = {
    "profile": frozenset(
        "name given_name family_name middle_name nickname profile picture website gender birthdate zoneinfo "
        "locale updated_at preferred_username".split()
    ),
    "email": frozenset(("email", "email_verified")),
    "address": frozenset(("address",)),
    "phone": frozenset(("phone_number", "phone_number_verified")),
}
# OIDC Core 5.1: the types of the standard claims; any other is text.
TYPES: Mapping[str, tuple[type, ...]] = {
    "email_verified": (bool,),
    "phone_number_verified": (bool,),
    "address": (dict,),
    "updated_at": (int, float),
}
STANDARD_CLAIMS = frozenset({"sub"}.union(*CLAIMS_OF_SCOPE.values()))


# Before anything is asked: discovery and keys


@dataclass(frozen=True, slots=True)
class Published:
    """What the provider says of itself."""

    metadata: Mapping[str, Any]
    keys: tuple[dict[str, Any], ...]

    @property
    def issuer(self) -> str:
        return str(self.metadata["issuer"])

    @property
    def key_set(self) -> KeySet:
        return KeySet.import_key_set({"keys": list(self.keys)})


def the_provider_describes_itself(http: httpx.Client, discovery_url: str) -> Published:
    metadata = http.get(discovery_url).raise_for_status().json()
    keys = http.get(metadata["jwks_uri"]).raise_for_status().json()["keys"]
    assert all(key.get("kid") for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)
    assert {"client_secret_basic", "client_secret_post"} <= set(
        metadata["token_endpoint_auth_methods_supported"]
    )
    published = Published(metadata, tuple(keys))
    assert len(published.key_set.keys) == len(keys)
    return published


def every_endpoint_is_https(metadata: Mapping[str, Any]) -> None:
    endpoints = {
        name: value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri", "_iframe"))
    }
    assert {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= endpoints.keys()
    for name, url in endpoints.items():
        parts = urlsplit(url)
        assert (parts.scheme, bool(parts.hostname), parts.fragment) == ("https", True, ""), name


# At the callback


def the_answer_came_by_the_mode_asked(arrival: Arrival, response_mode: str) -> None:
    """OAuth 2.0 Multiple Response Types 2.1; Form Post Response Mode 2."""
    assert not arrival.repeated
    if response_mode == "form_post":
        assert arrival.method == "POST"
        assert arrival.content_type.partition(";")[0] == "application/x-www-form-urlencoded"
        assert not arrival.query.keys() & {"code", "error", "state"}
    else:
        assert arrival.method == "GET"
        assert not arrival.form


def the_form_is_urlencoded_and_never_kept(page: Page) -> None:
    """Form Post Response Mode 2 and 4; a form that does not say how it is encoded is urlencoded."""
    assert "enctype" not in page.text
    assert "no-store" in page.headers["cache-control"]


def the_callback_holds_a_code(words: Mapping[str, str], asked: Mapping[str, str], issuer: str) -> None:
    """OIDC Core 3.1.2.5, RFC 6749 4.1.2, RFC 9207 2.4."""
    assert "error" not in words, words
    assert words.get("code")
    assert words.keys() <= {"code", "state", "iss", "session_state"}
    _state_and_issuer_are_ours(words, asked, issuer)


def the_callback_holds_an_error(
    words: Mapping[str, str], asked: Mapping[str, str], issuer: str, errors: Collection[str]
) -> None:
    """OIDC Core 3.1.2.6, RFC 6749 4.1.2.1."""
    assert words.get("error") in errors, words
    assert "code" not in words
    assert words.keys() <= ERROR_MEMBERS | {"state", "iss"}
    _the_error_is_told_in_plain_characters(words)
    _state_and_issuer_are_ours(words, asked, issuer)


def _state_and_issuer_are_ours(words: Mapping[str, str], asked: Mapping[str, str], issuer: str) -> None:
    assert words.get("state") == asked.get("state")
    assert words.get("iss", issuer) == issuer


# At the token endpoint


def the_token_response_is_complete(response: httpx.Response) -> dict[str, Any]:
    """RFC 6749 5.1, OIDC Core 3.1.3.3."""
    assert response.status_code == 200, response.text
    assert _is_json(response)
    assert response.headers["cache-control"] == "no-store"
    answer: dict[str, Any] = response.json()
    assert re.fullmatch(r"[\x20-\x7e]+", answer["access_token"])
    assert answer["token_type"].lower() == "bearer"
    assert type(answer["expires_in"]) is int
    assert answer["expires_in"] > 0
    assert answer["id_token"]
    return answer


def the_grant_is_invalid(response: httpx.Response) -> None:
    """RFC 6749 5.2."""
    assert response.status_code == 400, response.text
    assert _is_json(response)
    words = response.json()
    assert words["error"] == "invalid_grant"
    assert words.keys() <= ERROR_MEMBERS
    _the_error_is_told_in_plain_characters(words)


def _the_error_is_told_in_plain_characters(words: Mapping[str, str]) -> None:
    """RFC 6749 4.1.2.1 and 5.2, the same words in both places: no line break, quote nor backslash."""
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", words.get("error_description", ""))
    assert re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]*", words.get("error_uri", ""))


def _is_json(response: httpx.Response) -> bool:
    return response.headers["content-type"].partition(";")[0].strip() == "application/json"


# The ID token


def the_id_token_is_valid(
    answer: Mapping[str, Any], asked: Mapping[str, str], client_id: str, published: Published
) -> dict[str, Any]:
    """OIDC Core 2 and 3.1.3.7; the signature is of a published key and of the algorithm registered, RS256."""
    token = jwt.decode(answer["id_token"], published.key_set, algorithms=["RS256"])
    assert token.header["kid"] in {key["kid"] for key in published.keys}
    claims, now = token.claims, time.time()
    assert claims["iss"] == published.issuer
    assert client_id in ([claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"])
    assert now - SKEW < claims["exp"] < now + FIFTY_YEARS
    assert claims["iat"] < now + SKEW
    assert claims.get("nonce") == asked.get("nonce")
    assert re.fullmatch(r"[\x00-\x7f]{1,255}", claims["sub"])
    if "auth_time" in claims:
        assert type(claims["auth_time"]) in (int, float)
        assert now - ONE_YEAR < claims["auth_time"] < now + SKEW
    assert claims.get("acr", "not given")
    standard_claims_have_their_types(claims)
    return claims


def a_renewed_id_token_is_about_the_same_login(renewed: Mapping[str, Any], first: Mapping[str, Any]) -> None:
    """OIDC Core 12.2."""
    for name in ("iss", "sub", "aud", "auth_time"):
        assert renewed.get(name) == first.get(name), name
    assert renewed["iat"] >= first["iat"]
    assert renewed.get("azp") == first.get("azp")


# Userinfo


def userinfo_is_about_the_same_person(
    response: httpx.Response, id_token: Mapping[str, Any]
) -> dict[str, Any]:
    """OIDC Core 5.3.2."""
    assert response.status_code == 200, response.text
    assert _is_json(response)
    claims: dict[str, Any] = response.json()
    assert claims["sub"] == id_token["sub"]
    standard_claims_have_their_types(claims)
    return claims


def standard_claims_have_their_types(claims: Mapping[str, Any]) -> None:
    """OIDC Core 5.1."""
    for name in STANDARD_CLAIMS & claims.keys():
        value: Any = claims[name]
        assert value != "", name
        assert type(value) in TYPES.get(name, (str,)), name
        if name == "updated_at":
            assert 0 < value < time.time() + SKEW
        if name == "birthdate":
            assert re.fullmatch(r"\d{4}(-\d{2}-\d{2})?", value)
