"""Signing keys of one issuer of the demo FI, and what a JWS looks like when it is spoilt."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from joserfc.jwk import ECKey, KeyParameters, RSAKey
from joserfc.jws import JWSRegistry

from tests.mirrors.provider.faults import Signature

Key = ECKey | RSAKey


class Keys:
    """One active key by algorithm; a rotation may keep the former ones published or withdraw them."""

    def __init__(self) -> None:
        self._published: list[Key] = []
        self._active: dict[str, Key] = {}
        self.rotate(keep_published=False)

    def rotate(self, *, keep_published: bool) -> None:
        fresh = {"ES256": _generate("ES256"), "RS256": _generate("RS256")}
        self._published = [*fresh.values(), *(self._published if keep_published else [])]
        self._active = fresh

    def active(self, algorithm: str) -> Key:
        return self._active[algorithm]

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self._published]}

    def sign(
        self, claims: Mapping[str, Any], header: Mapping[str, Any], algorithm: str, how: Signature
    ) -> str:
        key = self.active(algorithm)
        header = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **header}
        match how:
            case "none":
                return _unsigned({**header, "alg": "none"}, claims)
            case "hs256_with_public_key":
                return _hmac_signed({**header, "alg": "HS256"}, claims, key.as_pem(private=False))
            case "other_key":
                key = _generate(algorithm)
            case "unknown_kid":
                key = _generate(algorithm)
                header["kid"] = key.kid
            case "no_kid":
                del header["kid"]
        signed = _signed(header, claims, key, algorithm)
        return _tampered(signed) if how == "tampered" else signed


def _signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """By hand, because the library refuses to write the headers a bad FI would."""
    text = _signing_input(header, claims)
    signature = JWSRegistry(algorithms=[algorithm]).get_alg(algorithm).sign(text.encode(), key)
    return f"{text}.{_encoded(signature)}"


def _generate(algorithm: str) -> Key:
    parameters: KeyParameters = {"use": "sig", "alg": algorithm}
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", parameters, auto_kid=True)
    return RSAKey.generate_key(2048, parameters, auto_kid=True)


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _signing_input(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"


def _unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return f"{_signing_input(header, claims)}."


def _hmac_signed(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    signed = _signing_input(header, claims)
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _tampered(token: str) -> str:
    """The same token with one more claim under the signature of the honest one."""
    header, payload, signature = token.split(".")
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{header}.{_encoded(json.dumps({**claims, 'admin': True}).encode())}.{signature}"
