"""Userinfo that its FS alone can read (OIDC Core 5.3.2, RFC 7516): encrypted with the public key it registered."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwe

from federation.models.client import ContentEncryption, EncryptionAlgorithm
from federation.registry import public_keys
from federation.registry.public_keys import PublicKey
from federation.registry.records import ClientRecord

ALGORITHMS = tuple(EncryptionAlgorithm.values)
CONTENT_ENCRYPTIONS = tuple(ContentEncryption.values)


class NoEncryptionKey(Exception):
    """The FS wants its userinfo encrypted, and gives no key to do it with."""


def encrypt_claims(claims: Mapping[str, Any], client: ClientRecord) -> str:
    """Raises NoEncryptionKey."""
    return _encrypted(json.dumps(claims, ensure_ascii=False), client, {})


def encrypt_jwt(signed: str, client: ClientRecord) -> str:
    """A nested JWT: signed, then encrypted (RFC 7519 5.2). Raises NoEncryptionKey."""
    return _encrypted(signed, client, {"cty": "JWT"})


def _encrypted(content: str, client: ClientRecord, header: Mapping[str, str]) -> str:
    algorithm, content_encryption = _registered(client)
    key = _key(client, algorithm)
    named = {"kid": key.kid} if key.kid else {}
    protected = {"alg": algorithm, "enc": content_encryption, **named, **header}
    return jwe.encrypt_compact(
        protected, content.encode(), key, algorithms=[*ALGORITHMS, *CONTENT_ENCRYPTIONS]
    )


def _registered(client: ClientRecord) -> tuple[str, str]:
    return client.userinfo_encrypted_response_alg or "", client.userinfo_encrypted_response_enc or ""


def _key(client: ClientRecord, algorithm: str) -> PublicKey:
    key = public_keys.to_encrypt(client.jwks, algorithm)
    if key is None:
        raise NoEncryptionKey(f"no key for {algorithm} among those registered")
    return key
