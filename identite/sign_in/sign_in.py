"""One person's passage here for one journey of the broker: what was asked, and what they told us on the way."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from proconnect.kernel.contracts.identity_provider import AuthenticationAsk
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.siret import Siret

VERSION = 1  # of the kept form: old and new code run together during a deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    id: UUID
    browser: str  # SHA-256 of the secret that this browser's cookie holds
    ask: AuthenticationAsk
    opened_at: datetime
    email: str = ""
    code_sent_at: datetime | None = None  # a code was sent to prove ``email``
    codes_sent: int = 0
    siret: str = ""  # the organisation chosen for this passage
    awaited_siret: str = ""  # the one they asked to join, which moderation examines

    @property
    def is_proving(self) -> bool:
        return self.code_sent_at is not None

    @property
    def siret_hint(self) -> str:
        """What the FS suggests; empty when it is no SIRET."""
        try:
            return str(Siret.parse(self.ask.siret_hint))
        except ValueError:
            return ""

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "id": str(self.id),
            "browser": self.browser,
            "ask": _ask_to_json(self.ask),
            "opened_at": self.opened_at.isoformat(),
            "email": self.email,
            "code_sent_at": self.code_sent_at.isoformat() if self.code_sent_at else None,
            "codes_sent": self.codes_sent,
            "siret": self.siret,
            "awaited_siret": self.awaited_siret,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        return cls(
            id=UUID(kept["id"]),
            browser=kept["browser"],
            ask=_ask_from_json(kept["ask"]),
            opened_at=datetime.fromisoformat(kept["opened_at"]),
            email=kept["email"],
            code_sent_at=datetime.fromisoformat(kept["code_sent_at"]) if kept["code_sent_at"] else None,
            codes_sent=kept["codes_sent"],
            siret=kept["siret"],
            awaited_siret=kept["awaited_siret"],
        )


def open_for(ask: AuthenticationAsk, *, now: datetime) -> tuple[SignIn, str]:
    """A new passage, and the secret to leave in the browser's cookie."""
    secret = secrets.token_urlsafe(24)
    sign_in = SignIn(
        id=uuid4(), browser=fingerprint(secret), ask=ask, opened_at=now, email=_address(ask.login_hint)
    )
    return sign_in, secret


def fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _address(hint: str) -> str:
    """A hint that is no address is dropped: the person will type theirs."""
    try:
        return str(EmailAddress.parse(hint))
    except ValueError:
        return ""


def _ask_to_json(ask: AuthenticationAsk) -> dict[str, Any]:
    return {
        "journey_id": str(ask.journey_id),
        "provider_uid": str(ask.provider_uid),
        "return_to": ask.return_to,
        "other_email_at": ask.other_email_at,
        "client_id": ask.client_id,
        "client_name": ask.client_name,
        "login_hint": ask.login_hint,
        "siret_hint": ask.siret_hint,
        "demanded_acr": ask.demanded_acr,
        "preferred_acr": ask.preferred_acr,
        "fresh": ask.fresh,
        "max_age": ask.max_age.total_seconds() if ask.max_age is not None else None,
        "remember_me": ask.remember_me,
    }


def _ask_from_json(kept: dict[str, Any]) -> AuthenticationAsk:
    facts = kept | {
        "journey_id": UUID(kept["journey_id"]),
        "provider_uid": UUID(kept["provider_uid"]),
        "demanded_acr": tuple(kept["demanded_acr"]),
        "preferred_acr": tuple(kept["preferred_acr"]),
        "max_age": timedelta(seconds=kept["max_age"]) if kept["max_age"] is not None else None,
    }
    return AuthenticationAsk(**facts)
