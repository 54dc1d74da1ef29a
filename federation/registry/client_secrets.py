"""Secrets of FS and FD: drawn by us, shown once, kept as a keyed hash.

A generated secret holds 256 bits of chance, so a fast hash under a server-side pepper is enough: the database alone
neither reveals a secret nor lets one be forged. Never use this hasher for what a person chose.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import BasePasswordHasher

from federation.registry.records import ClientRecord
from proconnect.kernel.encryption import seal, unseal

ALGORITHM = "hmac_sha256"
SHORTEST = 32  # characters, for a secret that a partner brings
LONGEST = 255
PREVIOUS_STAYS_GOOD = timedelta(days=7)


class KeyedHmacHasher(BasePasswordHasher):
    """``hmac_sha256$<pepper id>$<hex>``. The first pepper hashes; all of them verify."""

    algorithm = ALGORITHM

    def salt(self) -> str:
        return next(iter(_peppers()))

    def encode(self, password: str, salt: str) -> str:
        digest = hmac.new(_peppers()[salt], password.encode(), hashlib.sha256).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, pepper_id, digest = encoded.split("$")
        return {"algorithm": algorithm, "salt": pepper_id, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        pepper_id = self.decode(encoded)["salt"]
        if pepper_id not in _peppers():
            return False
        return hmac.compare_digest(self.encode(password, pepper_id).encode(), encoded.encode())

    def safe_summary(self, encoded: str) -> Any:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return bool(self.decode(encoded)["salt"] != self.salt())

    def harden_runtime(self, password: str, encoded: str) -> None:
        """One HMAC always costs the same."""


def generate() -> str:
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    hasher = KeyedHmacHasher()
    return hasher.encode(secret, hasher.salt())


def is_hash_of(secret: str, stored: str) -> bool:
    return stored.startswith(f"{ALGORITHM}$") and KeyedHmacHasher().verify(secret, stored)


def verify(record: ClientRecord, secret: str, now: datetime) -> bool:
    """Is it the secret of this FS, or the one it is leaving? In constant time; both are always compared."""
    still_good = record.previous_secret_expires_at is not None and now < record.previous_secret_expires_at
    is_current = is_hash_of(secret, record.secret_hash)
    is_previous = is_hash_of(secret, record.previous_secret)
    return bool(secret) and (is_current or (is_previous and still_good))


# HS256, whose key is the secret itself (OIDC Core 10.1): then it is also kept sealed


def context(client_id: str) -> str:
    return f"client-secret:{client_id}"


def sealed(client_id: str, secret: str) -> str:
    return seal(secret, context=context(client_id))


def in_clear(record: ClientRecord) -> str:
    """Raises CannotUnseal when the key that sealed it is gone."""
    return unseal(record.sealed_secret, context=context(record.client_id))


def _peppers() -> Mapping[str, bytes]:
    peppers: Mapping[str, bytes] = settings.ENV.client_secret_peppers
    return peppers
