"""SSO: the one open session of a browser. Opened, reused if the request allows, closed.

Lives in the federation's own Django session, whose key changes at each opening. Its end is absolute.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from proconnect.kernel.assurance import Acr, Demand, Reached, on_reuse
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.kernel.email_address import EmailAddress
from proconnect.platform.postgresql.statement import Statement

SLOT = "sso"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    sid: UUID
    account: UUID  # the sub
    provider_uid: UUID
    identity: AssertedIdentity
    organization_label: str
    roles: tuple[str, ...]
    acr: Acr  # level reached, after caps and step-up
    amr: tuple[str, ...]
    ends_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "sid": str(self.sid),
            "account": str(self.account),
            "provider_uid": str(self.provider_uid),
            "identity": identity_to_json(self.identity),
            "ends_at": self.ends_at.isoformat(),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        return cls(
            sid=UUID(kept["sid"]),
            account=UUID(kept["account"]),
            provider_uid=UUID(kept["provider_uid"]),
            identity=identity_from_json(kept["identity"]),
            organization_label=kept["organization_label"],
            roles=tuple(kept["roles"]),
            acr=Acr(kept["acr"]),
            amr=tuple(kept["amr"]),
            ends_at=datetime.fromisoformat(kept["ends_at"]),
        )

    def may_answer(self, wish: "Wish", *, now: datetime) -> bool:
        """May this session be reused for what a FS wishes, without asking the person anything?"""
        return (
            now < self.ends_at
            and not wish.fresh
            and (wish.max_age is None or now - self.identity.authenticated_at <= wish.max_age)
            and wish.provider_uid in (None, self.provider_uid)
            and wish.email in (None, EmailAddress.parse(self.identity.email))
            and wish.sub in (None, self.account)
        )

    @property
    def reached(self) -> Reached:
        return Reached(
            acr=self.acr,
            amr=self.amr,
            link_is_verified=self.identity.link_is_verified,
            is_director=self.identity.is_certified_director,
        )

    def satisfies(self, demand: Demand) -> bool:
        return demand.is_met(on_reuse(self.reached))


def identity_to_json(identity: AssertedIdentity) -> dict[str, Any]:
    return {**asdict(identity), "authenticated_at": identity.authenticated_at.isoformat()}


ATTRIBUTES = frozenset(field.name for field in fields(AssertedIdentity))


def identity_from_json(kept: dict[str, Any]) -> AssertedIdentity:
    """What a newer version of this code added is left out: both run together while one takes the other's place."""
    return AssertedIdentity(
        **{
            **{name: value for name, value in kept.items() if name in ATTRIBUTES},
            "amr": tuple(kept["amr"]),
            "authenticated_at": datetime.fromisoformat(kept["authenticated_at"]),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a FS asks of a session before reusing it."""

    fresh: bool  # prompt=login or select_account
    max_age: timedelta | None
    provider_uid: UUID | None  # idp_hint
    email: EmailAddress | None  # login_hint
    sub: UUID | None  # id_token_hint


def current(request: HttpRequest, *, now: datetime) -> OpenSession | None:
    kept = request.session.get(SLOT)
    session = OpenSession.from_json(kept) if kept else None
    return session if session and now < session.ends_at else None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a browser cannot tell of the account it is signed in to."""

    is_blocked: bool
    previous_subs: tuple[str, ...]


def standing(session: OpenSession) -> Standing | None:
    """None once the session was ended, from here or from elsewhere."""
    row = _STANDING.first({"sid": session.sid, "account": session.account})
    return Standing(row[0], tuple(json.loads(row[1]))) if row else None


_STANDING = Statement("""
    SELECT account.blocked_at IS NOT NULL, array_to_json(account.previous_subs)::text
    FROM federation_ssosession AS session
    JOIN federation_account AS account ON account.sub = session.account_id
    WHERE session.sid = %(sid)s AND session.account_id = %(account)s AND session.ended_at IS NULL
""")


def new(*, now: datetime, sid: UUID | None, **facts: Any) -> OpenSession:
    """``sid``: of the session this one goes on with."""
    return OpenSession(sid=sid or uuid4(), ends_at=now + settings.ENV.sso_lifetime, **facts)


def open_in(request: HttpRequest, session: OpenSession) -> None:
    """The session's key is renewed: a cookie set beforehand is worth nothing (S-152)."""
    request.session.flush()
    request.session[SLOT] = session.to_json()
    request.session.set_expiry(session.ends_at)
    if session.identity.provider_sid:
        _keep_provider_sid(session)


def _keep_provider_sid(session: OpenSession) -> None:
    """So that the FI can end this session by the name it gave to its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE federation_ssosession SET provider_sid = %s WHERE sid = %s",
            [session.identity.provider_sid, session.sid],
        )


def raise_level(request: HttpRequest, session: OpenSession, reached: Reached) -> OpenSession:
    """What a code by e-mail adds to the open session, so that the next FS does not ask for one again."""
    raised = replace(session, acr=reached.acr, amr=reached.amr)
    request.session.cycle_key()
    request.session[SLOT] = raised.to_json()
    return raised


def close(request: HttpRequest) -> None:
    request.session.flush()
