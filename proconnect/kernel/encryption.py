"""Secrets kept at rest: AES-256-GCM under a ring of keys held outside the database.

A sealed text reads ``<key id>.<base64url of nonce and ciphertext>``. Its context (who holds it: table,
column, row) is authenticated with it, so a value copied to another place no longer opens.
"""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_LENGTH = 12  # bytes, NIST SP 800-38D 5.2.1.1


class CannotUnseal(ValueError):
    """Unknown key, altered text, or another context than the one it was sealed for."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """``keys``: key id → 32 bytes. The first one seals, all of them open."""

    keys: Mapping[str, bytes]

    def seal(self, clear: str | bytes, *, context: str) -> str:
        key_id = self._active
        nonce = os.urandom(NONCE_LENGTH)
        ciphertext = _cipher(self.keys[key_id]).encrypt(nonce, _to_bytes(clear), context.encode())
        return f"{key_id}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"

    def unseal(self, sealed: str, *, context: str) -> str:
        """Raises CannotUnseal."""
        return self.unseal_bytes(sealed, context=context).decode()

    def unseal_bytes(self, sealed: str, *, context: str) -> bytes:
        """Raises CannotUnseal."""
        key_id, _, encoded = sealed.partition(".")
        if key_id not in self.keys:
            raise CannotUnseal("sealed by a key that is not on the ring")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            return _cipher(self.keys[key_id]).decrypt(
                raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], context.encode()
            )
        except (InvalidTag, ValueError, binascii.Error):
            raise CannotUnseal("altered, or sealed for another place") from None

    def is_old(self, sealed: str) -> bool:
        return not sealed.startswith(f"{self._active}.")

    def reseal_if_old(self, sealed: str, *, context: str) -> str:
        """The same secret under the active key. Raises CannotUnseal."""
        if not self.is_old(sealed):
            return sealed
        return self.seal(self.unseal_bytes(sealed, context=context), context=context)

    @property
    def _active(self) -> str:
        return next(iter(self.keys))


@lru_cache(16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def ring() -> KeyRing:
    """The ring of this deployment (ENCRYPTION_KEYS)."""
    return KeyRing(settings.ENV.encryption_keys)


def seal(clear: str | bytes, *, context: str) -> str:
    return ring().seal(clear, context=context)


def unseal(sealed: str, *, context: str) -> str:
    """Raises CannotUnseal."""
    return ring().unseal(sealed, context=context)


def unseal_bytes(sealed: str, *, context: str) -> bytes:
    """Raises CannotUnseal."""
    return ring().unseal_bytes(sealed, context=context)


def reseal_if_old(sealed: str, *, context: str) -> str:
    """Raises CannotUnseal."""
    return ring().reseal_if_old(sealed, context=context)


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where sealed texts are kept, for ``manage.py secrets reencrypt`` to find them."""

    model: str  # "app.Model"
    column: str
    context: Callable[[Any], str]  # row → the context its value was sealed for


_sealed_columns: dict[tuple[str, str], SealedColumn] = {}


def register_sealed(model: str, column: str, context: str | Callable[[Any], str]) -> None:
    """To be called when an app is ready. ``context`` is fixed, or told by each row."""
    told = context if callable(context) else lambda row: context
    _sealed_columns[model, column] = SealedColumn(model, column, told)


def sealed_columns() -> tuple[SealedColumn, ...]:
    return tuple(_sealed_columns.values())


def _to_bytes(clear: str | bytes) -> bytes:
    return clear.encode() if isinstance(clear, str) else clear
