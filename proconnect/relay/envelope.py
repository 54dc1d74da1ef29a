"""What goes through the queue: signed, sealed, dated, said once (pure but for the randomness of ids and nonces).

Redis is trusted with delivery alone. Who reads it learns neither secret nor person; who writes to it can make neither
side believe anything: HMAC-SHA-256 over all that is in clear, AES-256-GCM over the rest, an answer tied to its order.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from proconnect.kernel.encryption import CannotUnseal, KeyRing
from proconnect.kernel.outbound import json_object

LARGEST = 512 * 1024  # characters: the largest answer of a FI, sealed
LONGEST_LIFE = 30_000  # milliseconds
SKEW = 2_000  # milliseconds two clocks may differ by


class BadEnvelope(Exception):
    """Not what the other side writes for this purpose; the text says what is wrong, and quotes nothing of it."""


class OutOfDate(BadEnvelope):
    """Nobody waits for it any more, or the two clocks disagree."""


class Purpose(StrEnum):
    ORDER = "order"
    ANSWER = "answer"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """``id``: of the order, which its answer carries too. Times in milliseconds of the epoch."""

    purpose: Purpose
    id: str
    at: int
    until: int
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Keys:
    """``shared``: key id → 32 bytes. The first one writes, all of them read."""

    shared: Mapping[str, bytes]

    @property
    def active(self) -> str:
        return next(iter(self.shared))

    @property
    def ring(self) -> KeyRing:
        return KeyRing({key_id: _derived(key, "seal") for key_id, key in self.shared.items()})

    def signature(self, key_id: str, text: str) -> str:
        return hmac.new(_derived(self.shared[key_id], "sign"), text.encode(), sha256).hexdigest()


def _derived(key: bytes, usage: str) -> bytes:
    """One key for each usage (NIST SP 800-108, one block)."""
    return hmac.new(key, f"proconnect relay: {usage}".encode(), sha256).digest()


def new_id() -> str:
    return secrets.token_urlsafe(18)


def write(envelope: Envelope, keys: Keys) -> str:
    outside = {
        "version": 1,
        "purpose": envelope.purpose.value,
        "id": envelope.id,
        "at": envelope.at,
        "until": envelope.until,
        "key": keys.active,
        "sealed": keys.ring.seal(json.dumps(dict(envelope.content)), context=_context(envelope)),
    }
    return json.dumps(outside | {"signature": keys.signature(keys.active, _signed(outside))})


def read(text: str, keys: Keys, purpose: Purpose, *, now: int, id: str | None = None) -> Envelope:  # noqa: A002
    """Its content, once everything about it was checked; ``id`` when only the answer to that order will do.

    Raises BadEnvelope.
    """
    outside = _outside(text)
    _check_signature(outside, keys)
    envelope = Envelope(
        purpose=purpose, id=outside["id"], at=outside["at"], until=outside["until"], content={}
    )
    if outside["purpose"] != purpose or id not in (None, envelope.id):
        raise BadEnvelope("it was written for another purpose, or answers another order")
    if envelope.at > now + SKEW or envelope.until < now - SKEW or envelope.until - envelope.at > LONGEST_LIFE:
        raise OutOfDate("it is out of date, or the two clocks disagree")
    try:
        content = json_object(keys.ring.unseal(outside["sealed"], context=_context(envelope)))
    except (CannotUnseal, ValueError):
        raise BadEnvelope("its content cannot be opened") from None
    return Envelope(purpose=purpose, id=envelope.id, at=envelope.at, until=envelope.until, content=content)


_SHAPE: Mapping[str, type] = {
    "version": int,
    "purpose": str,
    "id": str,
    "at": int,
    "until": int,
    "key": str,
    "sealed": str,
    "signature": str,
}


def _outside(text: str) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise BadEnvelope("it is too large")
    try:
        outside = json_object(text)
    except ValueError:
        raise BadEnvelope("it is no JSON object") from None
    if {name: type(value) for name, value in outside.items()} != _SHAPE or outside["version"] != 1:
        raise BadEnvelope("it has not the right fields")
    return outside


def _check_signature(outside: Mapping[str, Any], keys: Keys) -> None:
    if outside["key"] not in keys.shared:
        raise BadEnvelope("it is signed by a key that is not shared")
    expected = keys.signature(outside["key"], _signed(outside))
    if not hmac.compare_digest(expected.encode(), outside["signature"].encode()):
        raise BadEnvelope("its signature is wrong")


def _signed(outside: Mapping[str, Any]) -> str:
    return json.dumps([outside[name] for name in _SHAPE if name != "signature"])


def _context(envelope: Envelope) -> str:
    return f"relay:{envelope.purpose.value}:{envelope.id}"
