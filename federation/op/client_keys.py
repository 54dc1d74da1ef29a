"""The keys a FS or FD signs with: registered by value, or published at its ``jwks_uri`` (RFC 7517, OIDC Core 10.1.1)."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from joserfc.jwk import ECKey, RSAKey

from federation.registry import public_keys
from federation.registry.records import ClientRecord
from federation.remembered import Remembered, fetch_json
from federation.signature import SigningKey
from proconnect.kernel import outbound
from proconnect.settings.env import Network

DEADLINE = timedelta(seconds=3)  # of one fetch: a caller not yet known holds this thread meanwhile
MOST_SETS = 1024  # registered by value, kept parsed


def signing_keys(client: ClientRecord, *, refetch: bool = False) -> Sequence[SigningKey]:
    """``refetch`` when a signature names a key we do not hold. Raises Unavailable."""
    if client.jwks is not None:
        return _registered(json.dumps(client.jwks))
    if client.jwks_uri is None:
        return ()
    published = _published(client.jwks_uri, settings.ENV.network is Network.RIE)
    with outbound.at_most(DEADLINE):
        return published.refetched() if refetch else published.get()


def forget() -> None:
    """Nothing is remembered in this process."""
    _published.cache_clear()


@lru_cache(MOST_SETS)
def _registered(jwks: str) -> Sequence[SigningKey]:
    return _that_sign(json.loads(jwks))


@cache
def _published(jwks_uri: str, is_internal: bool) -> Remembered[Sequence[SigningKey]]:
    return Remembered(
        jwks_uri, fetch=lambda: fetch_json(jwks_uri, is_internal=is_internal), read=_published_keys
    )


def _published_keys(document: Mapping[str, Any]) -> Sequence[SigningKey]:
    """Raises ValueError, so that a set emptied by mistake does not replace the last good one."""
    if not isinstance(document.get("keys"), list) or not (keys := _that_sign(document)):
        raise ValueError("the JWKS holds no usable key")
    return keys


def _that_sign(jwks: Mapping[str, Any]) -> Sequence[SigningKey]:
    return tuple(key for key in public_keys.to_verify(jwks) if isinstance(key, ECKey | RSAKey))
