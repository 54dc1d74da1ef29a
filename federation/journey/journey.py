"""One passage from authorize to answer: what was asked, and what the person told us on the way."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

from federation.op.request import AuthorizationRequest
from federation.registry.records import ClientRecord
from federation.sessions import identity_from_json, identity_to_json
from proconnect.kernel.assurance import Acr, Demand
from proconnect.kernel.contracts.identity_provider import AssertedIdentity

VERSION = 3  # of the kept form: old and new code run together during a deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    id: UUID
    browser: str  # SHA-256 of the secret that this browser's cookie holds
    asked: AuthorizationRequest
    started_at: datetime
    email: str = ""  # typed, or hinted by the FS
    remember_me: bool = False
    warned: str = ""  # the address that the e-mail page warns of
    insisted: str = ""  # the address submitted again after its warning
    chosen: UUID | None = None  # the FI picked among several
    sent_to: UUID | None = None  # the FI the browser went to
    asserted: AssertedIdentity | None = None  # by that FI, while a page of ours delays the answer
    code_sent_at: datetime | None = None  # the last code sent to prove a mailbox
    proved_mailbox: str = ""  # the address a code came back from
    is_kept: bool = False  # False until a page or a FI makes it last longer than one request

    @property
    def is_silent(self) -> bool:
        """OIDC Core 3.1.2.1: no page may be shown."""
        return "none" in self.asked.prompt

    @property
    def is_fresh(self) -> bool:
        return bool({"login", "select_account"} & self.asked.prompt)

    @property
    def insists(self) -> bool:
        """The person was warned of this address, and goes on with it."""
        return self.email != "" and self.insisted == self.email

    def given(self, email: str, *, remember_me: bool) -> Self:
        """The person's address. Submitted a second time after a warning, it is not doubted again."""
        insisted = email if email in (self.warned, self.insisted) else ""
        return replace(self, email=email, remember_me=remember_me, warned="", insisted=insisted, chosen=None)

    def demand(self, client: ClientRecord) -> Demand:
        """The level this FS wants reached: what it asked, and never less than what it was registered with."""
        minimum = Acr(client.minimum_acr) if client.minimum_acr else None
        return Demand(self.asked.demanded_acr, minimum)

    def sent(self, provider_uid: UUID) -> Self:
        """To this FI: what another one asserted, and the code that completed it, are not its word (S-066)."""
        return replace(self, sent_to=provider_uid, asserted=None, code_sent_at=None, proved_mailbox="")

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "id": str(self.id),
            "browser": self.browser,
            "asked": self.asked.to_json(),
            "started_at": self.started_at.isoformat(),
            "email": self.email,
            "remember_me": self.remember_me,
            "warned": self.warned,
            "insisted": self.insisted,
            "chosen": str(self.chosen) if self.chosen else None,
            "sent_to": str(self.sent_to) if self.sent_to else None,
            "asserted": identity_to_json(self.asserted) if self.asserted else None,
            "code_sent_at": self.code_sent_at.isoformat() if self.code_sent_at else None,
            "proved_mailbox": self.proved_mailbox,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        return cls(
            id=UUID(kept["id"]),
            browser=kept["browser"],
            asked=AuthorizationRequest.from_json(kept["asked"]),
            started_at=datetime.fromisoformat(kept["started_at"]),
            email=kept["email"],
            remember_me=kept["remember_me"],
            warned=kept["warned"],
            insisted=kept["insisted"],
            chosen=UUID(kept["chosen"]) if kept["chosen"] else None,
            sent_to=UUID(kept["sent_to"]) if kept["sent_to"] else None,
            asserted=identity_from_json(kept["asserted"]) if kept["asserted"] else None,
            code_sent_at=datetime.fromisoformat(kept["code_sent_at"]) if kept["code_sent_at"] else None,
            proved_mailbox=kept["proved_mailbox"],
            is_kept=True,
        )


def begin(asked: AuthorizationRequest, *, now: datetime) -> tuple[Journey, str]:
    """A new journey, and the secret to leave in the browser's cookie. Who must choose is shown the e-mail page."""
    secret = secrets.token_urlsafe(24)
    hinted = "" if "select_account" in asked.prompt else asked.login_hint
    return Journey(id=uuid4(), browser=fingerprint(secret), asked=asked, started_at=now, email=hinted), secret


def fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
