"""The public keys of a FS or FD (RFC 7517): what we encrypt for, what its signatures are checked with (pure)."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

PublicKey = ECKey | RSAKey | OKPKey

MOST_KEYS = 20  # of a JWKS
SHORTEST_RSA = 2048  # bits
PRIVATE_MEMBERS = frozenset("d p q dp dq qi oth k".split())  # RFC 7518 6.2.2, 6.3.2, 6.4.1
# Which curves, or RSA, an algorithm works with (RFC 7518 4, RFC 8037).
ENCRYPTING: Mapping[str, tuple[str, ...]] = {
    "RSA-OAEP-256": ("RSA",),
    "ECDH-ES": ("P-256", "P-384", "P-521", "X25519"),
}
SIGNING: Mapping[str, tuple[str, ...]] = {"ES256": ("P-256",), "RS256": ("RSA",)}


def to_encrypt(jwks: Mapping[str, Any] | None, algorithm: str) -> PublicKey | None:
    """The first key that fits; one marked for encryption goes before one marked for nothing."""
    fitting = list(_fitting(jwks, "enc", algorithm, ENCRYPTING))
    marked = [key for key in fitting if key.get("use") == "enc"]
    return next(iter(marked or fitting), None)


def to_verify(jwks: Mapping[str, Any] | None) -> tuple[PublicKey, ...]:
    """The keys that may have signed by an algorithm we accept."""
    return tuple(key for algorithm in SIGNING for key in _fitting(jwks, "sig", algorithm, SIGNING))


def _fitting(
    jwks: Mapping[str, Any] | None, use: str, algorithm: str, families: Mapping[str, tuple[str, ...]]
) -> Iterator[PublicKey]:
    """Marked for this use and algorithm, or for none. What is no set of keys holds none."""
    keys = (jwks or {}).get("keys")
    for jwk in keys[:MOST_KEYS] if isinstance(keys, list) else ():
        key = understood(jwk)
        if (
            key is not None
            and jwk.get("use", use) == use
            and jwk.get("alg", algorithm) == algorithm
            and jwk.get("crv", jwk["kty"]) in families[algorithm]
        ):
            yield key


def understood(jwk: Any) -> PublicKey | None:
    """None for what is no public key, or a weak one; others may stand in the same set (RFC 7517 5)."""
    if not isinstance(jwk, dict) or PRIVATE_MEMBERS & jwk.keys():
        return None
    try:
        if jwk.get("kty") == "RSA" and _size(jwk["n"]) < SHORTEST_RSA:
            return None
        key = JWKRegistry.import_key(jwk)
        _ = key.public_key  # a point off its curve is seen now
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if isinstance(key, ECKey | RSAKey | OKPKey) else None


def _size(modulus: str) -> int:
    """Bits of a number in base64url (RFC 7518 2)."""
    return int.from_bytes(urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))).bit_length()
