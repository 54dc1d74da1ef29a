"""The life of a Grant: a code, redeemed once for tokens, rotated, revoked, purged. Hand-written SQL, no instance.

Expiry is judged by the database's clock, whatever a worker's. A blocked account and a FS out of service are seen by
the statement itself, so that nothing is given in between.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform import housekeeping
from proconnect.platform.postgresql.statement import Row, Statement


class InvalidGrant(Exception):
    """The FS is told invalid_grant and no more (RFC 6749 5.2); the reason is for our own trace."""


class WiderScope(Exception):
    """A refresh asks for more than what was granted (RFC 6749 6). Nothing was rotated."""


class SessionOver(Exception):
    """Nothing is issued any more: the session was ended meanwhile, its account blocked or its FI closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    client_pk: int
    account: UUID
    sid: UUID
    session_ends_at: datetime
    redirect_uri: str
    code_challenge: str  # S256; empty: begun without PKCE
    scopes: tuple[str, ...]
    nonce: str
    acr: str
    amr: tuple[str, ...]
    authenticated_at: datetime
    claims: dict[str, Any]  # what userinfo will answer
    id_token_claims: tuple[str, ...]
    provider_uid: UUID
    siret: str
    is_silent: bool
    journey_id: UUID
    code_lifetime: timedelta


@dataclass(slots=True)
class Granted:
    """What one authorization was given for."""

    account: UUID
    sid: UUID
    scopes: tuple[str, ...]
    nonce: str
    acr: str
    amr: tuple[str, ...]
    authenticated_at: datetime
    id_token_claims: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where one authorization stands: read when nothing was given, to say why."""

    id: UUID
    client_pk: int
    sid: UUID
    redirect_uri: str
    code_challenge: str
    scopes: tuple[str, ...]
    is_consumed: bool
    is_revoked: bool
    code_is_over: bool
    refresh_hash: bytes | None
    refresh_is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    access_token: str
    refresh_token: str
    expires_in: int  # seconds
    granted: Granted


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose userinfo an access token opens, to which FS."""

    client_id: str
    account: UUID
    claims: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAccess:
    """What an access token still opens, and to whom it was given."""

    client_id: str
    account: UUID
    scopes: frozenset[str]
    acr: str
    issued_at: datetime
    expires_at: datetime


# A code


def issue_code(grant: NewGrant) -> str:
    """Writes the grant, its line of history and the session it opens in one statement; answers the code, which only
    its FS will hold. Raises SessionOver."""
    grant_id = uuid4()
    code = _naming(grant_id)
    issue = _ISSUE_IN_OPEN_SESSION if grant.is_silent else _ISSUE_AND_OPEN_SESSION
    issued = issue.run(
        {
            "id": grant_id,
            "client": grant.client_pk,
            "account": grant.account,
            "sid": grant.sid,
            "session_ends_at": grant.session_ends_at,
            "code_hash": _hash(code),
            "code_lifetime": grant.code_lifetime,
            "redirect_uri": grant.redirect_uri,
            "code_challenge": grant.code_challenge,
            "scopes": " ".join(grant.scopes),
            "nonce": grant.nonce,
            "acr": grant.acr,
            "amr": json.dumps(grant.amr),
            "authenticated_at": grant.authenticated_at,
            "claims": json.dumps(grant.claims),
            "id_token_claims": json.dumps(grant.id_token_claims),
            "connection": uuid4(),
            "provider": grant.provider_uid,
            "siret": grant.siret,
            "is_silent": grant.is_silent,
            "journey_id": grant.journey_id,
        },
    )
    if not issued:
        raise SessionOver
    return code


def redeem(client: ClientRecord, *, code: str, redirect_uri: str, code_verifier: str) -> Tokens:
    """Raises InvalidGrant. A code seen twice, or held by another FS, dies with the tokens it became (RFC 9700 2.1.1).

    One statement checks and gives; the checks below are read only when it gave nothing, to say why.
    """
    grant_id, presented = _grant_named_by(code), Presented(redirect_uri, code_verifier)
    if grant_id is None:
        raise InvalidGrant("unknown code")
    tokens = _give_tokens(
        _REDEEM,
        grant_id,
        client,
        code_hash=_hash(code),
        redirect_uri=redirect_uri,
        code_challenge=presented.code_challenge,
        refresh_lifetime=_refresh_lifetime(client),
    )
    if tokens is None:
        raise InvalidGrant(_why_not_redeemed(client, code, presented))
    return tokens


def _why_not_redeemed(client: ClientRecord, code: str, presented: "Presented") -> str:
    held = _held(_FIND_BY_CODE.first({"code_hash": _hash(code)}))
    if held is None:
        return "unknown code"
    if held.client_pk != client.pk or held.is_consumed:
        _kill(held, Trace.CODE_REPLAYED, client)
        return "code already used, or given to another client"
    for is_met in CODE_CHECKS:
        if not is_met(held, presented):
            return is_met.__name__
    return "account blocked, or client out of service"


@dataclass(frozen=True, slots=True)
class Presented:
    """What comes with a code."""

    redirect_uri: str
    code_verifier: str

    @property
    def code_challenge(self) -> str:
        """What it should open (RFC 7636 4.6); nothing for a flow begun without one (RFC 9700 4.8.2)."""
        if not self.code_verifier:
            return ""
        digest = hashlib.sha256(self.code_verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def was_not_revoked(held: Held, presented: Presented) -> bool:
    return not held.is_revoked


def came_in_time(held: Held, presented: Presented) -> bool:
    """RFC 6749 4.1.2."""
    return not held.code_is_over


def redirect_uri_is_the_same(held: Held, presented: Presented) -> bool:
    """RFC 6749 4.1.3."""
    return presented.redirect_uri == held.redirect_uri


def verifier_opens_the_challenge(held: Held, presented: Presented) -> bool:
    """RFC 7636 4.6."""
    return presented.code_challenge == held.code_challenge


CODE_CHECKS: tuple[Callable[[Held, Presented], bool], ...] = (
    was_not_revoked,
    came_in_time,
    redirect_uri_is_the_same,
    verifier_opens_the_challenge,
)


# A refresh token: it names its grant, so that any of its predecessors is known when seen again


def refresh(client: ClientRecord, refresh_token: str, *, scopes: AbstractSet[str] = frozenset()) -> Tokens:
    """Raises InvalidGrant, or WiderScope when ``scopes`` go beyond the grant.

    A token already rotated, or held by another FS, kills its whole family (RFC 9700 4.14.2).
    """
    grant_id = _grant_named_by(refresh_token)
    if grant_id is None:
        raise InvalidGrant("unknown refresh token")
    tokens = _give_tokens(
        _ROTATE, grant_id, client, refresh_hash=_hash(refresh_token), asked_scopes=" ".join(sorted(scopes))
    )
    if tokens is None:
        raise _why_not_refreshed(client, grant_id, refresh_token, scopes)
    return tokens


def _why_not_refreshed(
    client: ClientRecord, grant_id: UUID, refresh_token: str, scopes: AbstractSet[str]
) -> InvalidGrant | WiderScope:
    held = _held(_FIND.first({"id": grant_id}))
    if held is None or held.refresh_hash is None:
        return InvalidGrant("unknown refresh token")
    if held.is_revoked or held.refresh_is_over:
        return InvalidGrant("refresh token revoked or expired")
    if held.client_pk != client.pk or _hash(refresh_token) != held.refresh_hash:
        _kill(held, Trace.REFRESH_REPLAYED, client)
        return InvalidGrant("refresh token already used, or given to another client")
    if not scopes <= set(held.scopes):
        return WiderScope()
    return InvalidGrant("account blocked, or client out of service")


# A code and a refresh token name their grant, so that one statement finds it and any predecessor is known again


def _naming(grant_id: UUID) -> str:
    return base64.urlsafe_b64encode(grant_id.bytes + secrets.token_bytes(32)).decode()


def _grant_named_by(token: str) -> UUID | None:
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw[:16]) if len(raw) == 48 else None


# An access token


def reader_of(access_token: str) -> Reader | None:
    """None when it is unknown, over or revoked, its account blocked or its FS out of service."""
    row = _READ.first({"access_hash": _hash(access_token)})
    return Reader(row[0], row[1], json.loads(row[2])) if row else None


def live_access(token: str) -> LiveAccess | None:
    """None in the same cases, and for a token that is no access token."""
    row = _LOOK_AT.first(
        {"access_hash": _hash(token), "longest_lifetime": settings.ENV.access_token_lifetime}
    )
    if row is None:
        return None
    return LiveAccess(
        client_id=row[0],
        account=row[1],
        scopes=frozenset(row[2].split()),
        acr=row[3],
        issued_at=row[4],
        expires_at=row[5],
    )


# A token given back by its FS


def revoke(client: ClientRecord, token: str) -> bool:
    """A refresh token of any age dies with its family, an access token alone (RFC 7009 2.1); another FS's stays alive.

    False when there was nothing to kill.
    """
    grant_id = _grant_named_by(token)
    if grant_id:
        return _REVOKE_OF_CLIENT.run({"id": grant_id, "client": client.pk}) > 0
    return _END_ACCESS_OF_CLIENT.run({"access_hash": _hash(token), "client": client.pk}) > 0


# The end


def purge() -> int:
    """Deletes the grants that can give nothing more, and the personal data they hold. How many."""
    return housekeeping.purge("federation_grant", _OVER)


def _kill(held: Held, event: Trace, presenter: ClientRecord) -> None:
    _REVOKE.run({"id": held.id})
    record(event, client_id=presenter.client_id, sid=held.sid)


# What both ways to tokens share


def _give_tokens(give: Statement, grant_id: UUID, client: ClientRecord, **facts: Any) -> Tokens | None:
    """None when anything forbids it: of twenty requests at once, one is served."""
    access_token, refresh_token = _random(), _naming(grant_id)
    row = give.first(
        {
            "id": grant_id,
            "client": client.pk,
            "access_hash": _hash(access_token),
            "access_lifetime": _at_most(client.access_token_lifetime, settings.ENV.access_token_lifetime),
            "new_refresh_hash": _hash(refresh_token),
            **facts,
        },
    )
    if row is None:
        return None
    return Tokens(
        access_token=access_token,
        refresh_token=refresh_token,
        expires_in=row[0],
        granted=_granted(row[1:]),
    )


def _refresh_lifetime(client: ClientRecord) -> timedelta:
    return _at_most(client.refresh_token_lifetime, settings.ENV.refresh_token_lifetime)


def _at_most(of_this_client: timedelta | None, of_all: timedelta) -> timedelta:
    return min(of_this_client or of_all, of_all)


def _random() -> str:
    return secrets.token_urlsafe(32)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


# The statements


# Rows are locked so that an ending waits for this grant to be there and revokes it, or this grant sees the ending.
_OPEN_SESSION = """
    SELECT sid FROM federation_ssosession WHERE sid = %(sid)s AND ended_at IS NULL FOR SHARE
"""
_NEW_SESSION = """
    INSERT INTO federation_ssosession AS held (sid, account_id, provider_id, opened_at, ends_at, ending)
    (
        SELECT %(sid)s, account.sub, provider.uid, statement_timestamp(), %(session_ends_at)s, ''
        FROM federation_account AS account, federation_provider AS provider
        WHERE account.sub = %(account)s AND account.blocked_at IS NULL
            AND provider.uid = %(provider)s AND provider.is_active
        FOR SHARE
    )
    ON CONFLICT (sid) DO UPDATE SET ends_at = excluded.ends_at WHERE held.ended_at IS NULL
    RETURNING sid
"""
_ISSUE = """
    WITH session AS ({session}), granted AS (
        INSERT INTO federation_grant (
            id, client_id, account_id, sid, session_ends_at, issued_at, code_hash, code_expires_at, redirect_uri,
            code_challenge, scopes, nonce, acr, amr, authenticated_at, claims, id_token_claims
        ) SELECT
            %(id)s, %(client)s, %(account)s, session.sid, %(session_ends_at)s, statement_timestamp(), %(code_hash)s,
            LEAST(statement_timestamp() + %(code_lifetime)s, %(session_ends_at)s), %(redirect_uri)s,
            %(code_challenge)s, %(scopes)s, %(nonce)s, %(acr)s, %(amr)s, %(authenticated_at)s, %(claims)s,
            %(id_token_claims)s
        FROM session
    )
    INSERT INTO federation_connection (
        id, at, account_id, client_id, provider_id, siret, acr, is_silent, sid, journey_id
    ) SELECT
        %(connection)s, statement_timestamp(), %(account)s, %(client)s, %(provider)s, %(siret)s, %(acr)s,
        %(is_silent)s, session.sid, %(journey_id)s
    FROM session
"""
_ISSUE_IN_OPEN_SESSION = Statement(_ISSUE.format(session=_OPEN_SESSION))
_ISSUE_AND_OPEN_SESSION = Statement(_ISSUE.format(session=_NEW_SESSION))
_STANDING = """
    SELECT id, client_id, sid, redirect_uri, code_challenge, scopes, consumed_at IS NOT NULL, revoked_at IS NOT NULL,
        code_expires_at <= statement_timestamp(), refresh_hash,
        COALESCE(refresh_expires_at <= statement_timestamp(), true)
    FROM federation_grant WHERE
"""
_FIND = Statement(f"{_STANDING} id = %(id)s")
_FIND_BY_CODE = Statement(f"{_STANDING} code_hash = %(code_hash)s")
_STILL_WELCOME = """
    FROM federation_account AS account, federation_client AS client
    WHERE granted.id = %(id)s AND granted.client_id = %(client)s AND granted.revoked_at IS NULL
        AND account.sub = granted.account_id AND account.blocked_at IS NULL
        AND client.id = granted.client_id AND client.is_active
"""
_GIVEN = """
    RETURNING floor(extract(epoch FROM granted.access_expires_at - statement_timestamp()))::int,
        granted.account_id, granted.sid, granted.scopes, granted.nonce, granted.acr, granted.amr,
        granted.authenticated_at, granted.id_token_claims
"""
_REDEEM = Statement(f"""
    UPDATE federation_grant AS granted SET
        consumed_at = statement_timestamp(),
        access_hash = %(access_hash)s,
        access_expires_at = LEAST(statement_timestamp() + %(access_lifetime)s, session_ends_at),
        refresh_hash = %(new_refresh_hash)s,
        refresh_expires_at = LEAST(statement_timestamp() + %(refresh_lifetime)s, session_ends_at)
    {_STILL_WELCOME} AND granted.code_hash = %(code_hash)s AND granted.consumed_at IS NULL
        AND granted.code_expires_at > statement_timestamp()
        AND granted.redirect_uri = %(redirect_uri)s AND granted.code_challenge = %(code_challenge)s
    {_GIVEN}
""")  # noqa: S608  constants alone
_ROTATE = Statement(f"""
    UPDATE federation_grant AS granted SET
        access_hash = %(access_hash)s,
        access_expires_at = LEAST(statement_timestamp() + %(access_lifetime)s, session_ends_at),
        refresh_hash = %(new_refresh_hash)s
    {_STILL_WELCOME} AND granted.refresh_hash = %(refresh_hash)s
        AND granted.refresh_expires_at > statement_timestamp()
        AND string_to_array(%(asked_scopes)s, ' ') <@ string_to_array(granted.scopes, ' ')
    {_GIVEN}
""")  # noqa: S608  constants alone
_READ = Statement("""
    SELECT client.client_id, granted.account_id, granted.claims
    FROM federation_grant AS granted
    JOIN federation_account AS account ON account.sub = granted.account_id AND account.blocked_at IS NULL
    JOIN federation_client AS client ON client.id = granted.client_id AND client.is_active
    WHERE granted.access_hash = %(access_hash)s AND granted.revoked_at IS NULL
        AND granted.access_expires_at > statement_timestamp()
""")
# The column tells the token's end. Its beginning follows from its life, and is no earlier than the code's exchange.
_LOOK_AT = Statement("""
    SELECT client.client_id, granted.account_id, granted.scopes, granted.acr,
        GREATEST(
            granted.consumed_at,
            granted.access_expires_at - LEAST(client.access_token_lifetime, %(longest_lifetime)s)
        ),
        granted.access_expires_at
    FROM federation_grant AS granted
    JOIN federation_account AS account ON account.sub = granted.account_id AND account.blocked_at IS NULL
    JOIN federation_client AS client ON client.id = granted.client_id AND client.is_active
    WHERE granted.access_hash = %(access_hash)s AND granted.revoked_at IS NULL
        AND granted.access_expires_at > statement_timestamp()
""")
_REVOKE_OF_CLIENT = Statement("""
    UPDATE federation_grant SET revoked_at = statement_timestamp()
    WHERE id = %(id)s AND client_id = %(client)s AND revoked_at IS NULL
""")
_END_ACCESS_OF_CLIENT = Statement("""
    UPDATE federation_grant SET access_expires_at = statement_timestamp()
    WHERE access_hash = %(access_hash)s AND client_id = %(client)s AND access_expires_at > statement_timestamp()
""")
_REVOKE = Statement("""
    UPDATE federation_grant SET revoked_at = statement_timestamp()
    WHERE id = %(id)s AND revoked_at IS NULL
""")
_OVER = """
    session_ends_at <= statement_timestamp() OR revoked_at IS NOT NULL
    OR GREATEST(code_expires_at, access_expires_at, refresh_expires_at) <= statement_timestamp()
"""


def _held(row: Row | None) -> Held | None:
    if row is None:
        return None
    return Held(
        id=row[0],
        client_pk=row[1],
        sid=row[2],
        redirect_uri=row[3],
        code_challenge=row[4],
        scopes=tuple(row[5].split()),
        is_consumed=row[6],
        is_revoked=row[7],
        code_is_over=row[8],
        refresh_hash=row[9],
        refresh_is_over=row[10],
    )


def _granted(row: Row) -> Granted:
    account, sid, scopes, nonce, acr, amr, authenticated_at, id_token_claims = row
    return Granted(
        account,
        sid,
        tuple(scopes.split()),
        nonce,
        acr,
        tuple(json.loads(amr)),
        authenticated_at,
        tuple(json.loads(id_token_claims)),
    )
