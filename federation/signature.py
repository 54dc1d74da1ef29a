"""Whose signature a partner's JWS bears: algorithm and key are those it registered (RFC 7515, RFC 8725 3.1).

Keys or addresses of keys in the token's own header (``jwk``, ``jku``, ``x5u``, ``x5c``) are never looked at.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from proconnect.kernel.outbound import json_object

LONGEST_TOKEN = 64 * 1024  # bytes
KEY_TYPES = {"ES256": "EC", "RS256": "RSA", "HS256": "oct"}
SMALLEST_RSA_KEY = 2048  # bits

SigningKey = ECKey | RSAKey
KeysOfPartner = Callable[[bool], Sequence[SigningKey]]  # True: fetch them again


class BadSignature(Exception):
    """``check`` names what failed."""

    def __init__(self, check: str) -> None:
        super().__init__(check)
        self.check = check


class UnknownKey(BadSignature):
    """No key at hand signed this; a newer set may hold the one that did."""


def verified_claims(
    token: str, *, algorithms: Sequence[str], keys: KeysOfPartner, secret: Callable[[], str]
) -> dict[str, Any]:
    """Claims of a JWS in compact form, once its signature is proved. Raises BadSignature.

    ``secret`` is the one we share with the partner, for HS256 where its record admits it.
    """
    header = read_header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES or algorithm not in algorithms:
        raise BadSignature("algorithm_is_the_one_agreed")
    if "crit" in header:
        raise BadSignature("critical_headers_are_understood")  # RFC 7515 4.1.11
    if algorithm == "HS256":
        return _claims_by(_shared_key(secret()), token, algorithm)
    try:
        return _claims_by(fitting(keys(False), header), token, algorithm)
    except UnknownKey:
        return _claims_by(fitting(keys(True), header), token, algorithm)


def read_header(token: str) -> dict[str, Any]:
    """Raises BadSignature."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LONGEST_TOKEN or not token.isascii():
        raise BadSignature("token_is_a_jws")
    try:
        return json_object(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except ValueError:
        raise BadSignature("token_is_a_jws") from None


def fitting(keys: Sequence[SigningKey], header: dict[str, Any]) -> list[SigningKey]:
    """The keys that may have signed: the one the header names, else each of the right type."""
    suitable = [key for key in keys if _suits(key, header["alg"])]
    if (kid := header.get("kid")) is None:
        return suitable
    named = [key for key in suitable if key.kid == kid]
    return named or [key for key in suitable if key.kid is None]


def _suits(key: SigningKey, algorithm: str) -> bool:
    if key.key_type != KEY_TYPES[algorithm] or key.alg not in (None, algorithm):
        return False
    if isinstance(key, ECKey):
        return key.curve_name == "P-256"
    return key.public_key.key_size >= SMALLEST_RSA_KEY


def _claims_by(keys: Sequence[Key], token: str, algorithm: str) -> dict[str, Any]:
    if not keys:
        raise UnknownKey("signing_key_is_known")
    payload = next(
        (payload for key in keys if (payload := _payload(token, key, algorithm)) is not None), None
    )
    if payload is None:
        raise UnknownKey("signature_is_valid")
    try:
        return json_object(payload)
    except ValueError:
        raise BadSignature("claims_are_readable") from None


def _shared_key(secret: str) -> Sequence[Key]:
    """No secret, no key: an empty one would sign for anybody."""
    return [OctKey.import_key(secret)] if secret else ()


class _Jws(jws.JWSRegistry):
    """Headers we do not know are ignored (RFC 7515 4), and may hold a certificate chain."""

    max_header_length = 16 * 1024


def _payload(token: str, key: Key, algorithm: str) -> bytes | None:
    registry = _Jws(algorithms=[algorithm], strict_check_header=False)
    try:
        return jws.deserialize_compact(token, key, registry=registry).payload
    except (JoseError, ValueError, TypeError):
        return None
