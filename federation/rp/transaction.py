"""What was sent to a FI and must come back: one record per departure, found by its ``state``, consumed once.

The record says which FI and which journey it belongs to; the browser is bound by the journey's own cookie.
"""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from django.http import HttpRequest

from proconnect.platform import one_time

KIND = "rp-transaction"
LIFETIME = timedelta(minutes=10)
LONGEST_STATE = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTransaction:
    provider_uid: UUID
    journey_id: UUID
    nonce: str
    verifier: str  # PKCE, RFC 7636
    opened_at: datetime

    @property
    def challenge(self) -> str:
        """S256, RFC 7636 4.2."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def to_json(self) -> dict[str, Any]:
        return {
            "provider_uid": str(self.provider_uid),
            "journey_id": str(self.journey_id),
            "nonce": self.nonce,
            "verifier": self.verifier,
            "opened_at": self.opened_at.isoformat(),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        return cls(
            provider_uid=UUID(kept["provider_uid"]),
            journey_id=UUID(kept["journey_id"]),
            nonce=kept["nonce"],
            verifier=kept["verifier"],
            opened_at=datetime.fromisoformat(kept["opened_at"]),
        )


def depart(*, provider_uid: UUID, journey_id: UUID, now: datetime) -> tuple[str, PendingTransaction]:
    """The ``state`` to send, and what is kept under it."""
    state = secrets.token_urlsafe(32)
    pending = PendingTransaction(
        provider_uid=provider_uid,
        journey_id=journey_id,
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        opened_at=now,
    )
    one_time.put(KIND, _key(state), pending.to_json(), LIFETIME)
    return state, pending


def of_callback(request: HttpRequest) -> PendingTransaction | None:
    """The departure this callback answers, left in place; None when its state is absent, doubled, spent or unknown."""
    state = _state_of(request)
    return _opened(one_time.read(KIND, _key(state))) if state else None


def consume(request: HttpRequest) -> PendingTransaction | None:
    """The same, taken: of two hits on one callback, the second finds nothing."""
    state = _state_of(request)
    return _opened(one_time.take(KIND, _key(state))) if state else None


def _opened(kept: dict[str, Any] | None) -> PendingTransaction | None:
    return PendingTransaction.from_json(kept) if kept else None


def _state_of(request: HttpRequest) -> str:
    states = request.GET.getlist("state")
    return states[0] if len(states) == 1 and len(states[0]) <= LONGEST_STATE else ""


def _key(state: str) -> str:
    return sha256(state.encode()).hexdigest()
