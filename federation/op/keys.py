"""What we sign for FS, by our own keys or the secret we share with one."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from federation import own_keys
from federation.own_keys import KEY_MAKERS
from federation.registry import client_secrets
from federation.registry.records import ClientRecord

ALGORITHMS = (*KEY_MAKERS, "HS256")
SIGNERS = {algorithm: JWSRegistry.algorithms[algorithm] for algorithm in KEY_MAKERS}


def sign(claims: Mapping[str, Any], algorithm: str, client: ClientRecord, *, typ: str = "") -> str:
    """By the algorithm this FS registered; HS256's key is its own secret (OIDC Core 10.1)."""
    header = {"alg": algorithm, "typ": typ} if typ else {"alg": algorithm}
    if algorithm == "HS256":
        return jwt.encode(header, dict(claims), shared_key(client), algorithms=[algorithm])
    key = own_keys.signing([algorithm]).signing[algorithm]
    content = json.dumps(claims, separators=(",", ":")).encode()
    signed = _header_segment(algorithm, str(key.kid), typ) + b"." + urlsafe_b64encode(content)
    return (signed + b"." + urlsafe_b64encode(SIGNERS[algorithm].sign(signed, key))).decode()


@lru_cache(64)
def _header_segment(algorithm: str, kid: str, typ: str) -> bytes:
    header = {"alg": algorithm, "kid": kid, "typ": typ or "JWT"}
    return urlsafe_b64encode(json.dumps(header, separators=(",", ":")).encode())


def verifying() -> KeySet:
    """Every key we may have signed with, retired ones included."""
    return own_keys.signing().every


def shared_key(client: ClientRecord) -> OctKey:
    """Raises CannotUnseal when this FS was never given HS256."""
    return OctKey.import_key(client_secrets.in_clear(client))


def jwks() -> bytes:
    return own_keys.signing(KEY_MAKERS).jwks
