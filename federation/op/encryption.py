"""Userinfo that its FS alone can read (OIDC Core 5.3.2, RFC 7516): encrypted with the public key it registered."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from joserfc import jwe

from federation.models.client import ContentEncryption, EncryptionAlgorithm
from federation.op.client_keys import DEADLINE
from federation.registry import public_keys
from federation.registry.public_keys import PublicKey
from federation.registry.records import ClientRecord
from federation.remembered import Remembered, Unavailable, fetch_json
from proconnect.kernel import outbound
from proconnect.settings.env import Network

ALGORITHMS = tuple(EncryptionAlgorithm.values)
CONTENT_ENCRYPTIONS = tuple(ContentEncryption.values)


class NoEncryptionKey(ValueError):
    """The FS wants its userinfo encrypted, and gives no key to do it with; the text is for our own trace."""


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
    return jwe.encrypt_compact(protected, content.encode(), key, algorithms=[algorithm, content_encryption])


def _registered(client: ClientRecord) -> tuple[str, str]:
    return client.userinfo_encrypted_response_alg or "", client.userinfo_encrypted_response_enc or ""


def _key(client: ClientRecord, algorithm: str) -> PublicKey:
    """Registered by value, or published at its ``jwks_uri``."""
    if client.jwks_uri is None:
        return _fitting(client.jwks, algorithm)
    published = _published(client.jwks_uri, algorithm, settings.ENV.network is Network.RIE)
    try:
        with outbound.at_most(DEADLINE):
            return published.get()
    except Unavailable as unavailable:
        raise NoEncryptionKey(str(unavailable)) from unavailable


@cache
def _published(jwks_uri: str, algorithm: str, is_internal: bool) -> Remembered[PublicKey]:
    return Remembered(
        f"{jwks_uri} to encrypt by {algorithm}",
        fetch=lambda: fetch_json(jwks_uri, is_internal=is_internal),
        read=lambda document: _fitting(document, algorithm),
    )


def _fitting(jwks: Mapping[str, Any] | None, algorithm: str) -> PublicKey:
    key = public_keys.to_encrypt(jwks, algorithm)
    if key is None:
        raise NoEncryptionKey(f"no key for {algorithm} among those of the FS")
    return key
