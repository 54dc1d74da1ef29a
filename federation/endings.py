"""How sessions end, whoever ends them: with their tokens, at once. Each FS told in them hears of it soon after.

Every act belongs in the caller's transaction, or is one of its own. Sessions are taken by batches, so that no statement
is long: closing the largest FI holds no sign-in of another.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from federation.models import Client, SsoSession
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform import housekeeping, outbox

Ending = SsoSession.Ending

BATCH = 1000  # sessions
CROWD = 50  # FS to tell, beyond what one person's sessions come to
LOGOUT_TOKEN = "federation.logout_token"  # the outbox's task: one FS is told that one session ended
CROWD_TO_TELL = "federation.logout_tokens"


@transaction.atomic
def end_session(sid: UUID, why: Ending) -> bool:
    """False when it had ended already: of two sign-outs at once, one ends it."""
    return _end_all("sid = %(sid)s", {"sid": sid}, why) == 1


@transaction.atomic
def end_sessions_of_account(sub: UUID, why: Ending) -> int:
    """All the tokens of this person die, were some given in sessions long over."""
    ended = _end_all("account_id = %(account)s", {"account": sub}, why)
    _execute(_REVOKE.format(which="account_id = %(sub)s"), {"sub": sub})
    return ended


@transaction.atomic
def end_sessions_of_provider(uid: UUID, why: Ending) -> int:
    return _end_all("provider_id = %(provider)s", {"provider": uid}, why)


@transaction.atomic
def end_sessions_over_at_provider(uids: Sequence[UUID], *, sid: str, sub: str) -> int:
    """Those the FI itself ended: the one it names by ``sid``; without it, all those of the person it names by ``sub``.
    One of them may be empty. A session whose name the FI never gave us is found by the person.
    """
    which = _OF_PERSON_THERE if not sid else _OF_BOTH_THERE if sub else _OF_NAME_THERE
    words = {"providers": list(uids), "provider_sid": sid, "provider_sub": sub}
    return _end_all(which, words, Ending.PROVIDER_ENDED)


def end_expired_sessions() -> int:
    """Batch after batch, each its own transaction; two machines at once share them."""
    ended = 0
    while batch := _end_expired_batch():
        ended += batch
    return ended


@transaction.atomic
def _end_expired_batch() -> int:
    return _end_batch(_OVER, {}, Ending.EXPIRED)


@transaction.atomic
def revoke_client(client: Client) -> int:
    """For a FS put out of service: its tokens die, the sessions they came from go on without it. How many those are."""
    lived = _rows(_LIVED, {"client": client.pk, "longest": settings.ENV.sso_lifetime})
    for start in range(0, len(lived), BATCH):
        batch = lived[start : start + BATCH]
        of_client = _REVOKE.format(which="sid = ANY(%(sids)s) AND client_id = %(client)s")
        _execute(of_client, {"sids": [sid for sid, _ in batch], "client": client.pk})
        if client.backchannel_logout_uri:
            _tell_later([(sid, sub, client.client_id) for sid, sub in batch])
    return len(lived)


def forget_ended_sessions() -> int:
    """A week is what support needs to say why somebody was signed out."""
    return housekeeping.purge("federation_ssosession", "ended_at < statement_timestamp() - interval '7 days'")


def _end_all(which: str, words: dict[str, Any], why: Ending) -> int:
    ended = 0
    while batch := _end_batch(_END.format(which=which), words, why):
        ended += batch
    return ended


def _end_batch(sql: str, words: dict[str, Any], why: Ending) -> int:
    sids = [row[0] for row in _rows(sql, {**words, "why": why, "batch": BATCH})]
    if sids:
        _execute(_REVOKE.format(which="sid = ANY(%(sids)s)"), {"sids": sids})
        _tell_later(_rows(_TOLD, {"sids": sids}))
    for sid in sids:
        record(Trace.SESSION_ENDED, sid=sid, why=why)
    return len(sids)


def _tell_later(told: Sequence[tuple[UUID, UUID, str]]) -> None:
    """One message for each session and FS. Those of a crowd are written by the outbox: nobody waits for that either."""
    payloads = [{"sid": str(sid), "sub": str(sub), "client_id": client_id} for sid, sub, client_id in told]
    if len(payloads) > CROWD:
        outbox.enqueue(CROWD_TO_TELL, {"each": payloads})
    else:
        outbox.enqueue_all(LOGOUT_TOKEN, payloads)


@outbox.task(CROWD_TO_TELL)
def tell_a_crowd(payload: dict[str, Any]) -> None:
    outbox.enqueue_all(LOGOUT_TOKEN, payload["each"])


# The statements. Rows are locked in the order of their sid, so that two endings never wait for each other.


_END = """
    UPDATE federation_ssosession SET ended_at = statement_timestamp(), ending = %(why)s
    WHERE sid IN (
        SELECT sid FROM federation_ssosession WHERE {which} AND ended_at IS NULL
        ORDER BY sid LIMIT %(batch)s FOR UPDATE
    )
    RETURNING sid
"""
_OF_NAME_THERE = "provider_id = ANY(%(providers)s) AND provider_sid = %(provider_sid)s"
_OF_PERSON_THERE = """
    (account_id, provider_id) IN (
        SELECT account_id, provider_id FROM federation_accountlink
        WHERE provider_id = ANY(%(providers)s) AND provider_sub = %(provider_sub)s
    )
"""
_OF_BOTH_THERE = f"{_OF_PERSON_THERE} AND provider_sid IN (%(provider_sid)s, '')"
_OVER = """
    UPDATE federation_ssosession SET ended_at = statement_timestamp(), ending = %(why)s
    WHERE sid IN (
        SELECT sid FROM federation_ssosession WHERE ends_at <= statement_timestamp() AND ended_at IS NULL
        LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    )
    RETURNING sid
"""
_REVOKE = """
    UPDATE federation_grant SET revoked_at = statement_timestamp()
    WHERE {which} AND revoked_at IS NULL
"""
_TOLD = """
    SELECT DISTINCT line.sid, line.account_id, client.client_id
    FROM federation_ssosession AS session
    JOIN federation_connection AS line
        ON line.account_id = session.account_id AND line.at >= session.opened_at AND line.sid = session.sid
    JOIN federation_client AS client ON client.id = line.client_id
    WHERE session.sid = ANY(%(sids)s) AND client.is_active AND client.backchannel_logout_uri <> ''
        AND line.at >= (SELECT min(opened_at) FROM federation_ssosession WHERE sid = ANY(%(sids)s))
"""
_LIVED = """
    SELECT DISTINCT session.sid, session.account_id
    FROM federation_connection AS line
    JOIN federation_ssosession AS session ON session.sid = line.sid AND session.ended_at IS NULL
    WHERE line.client_id = %(client)s AND line.at >= statement_timestamp() - 2 * %(longest)s
"""


def _rows(sql: str, words: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, words)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _execute(sql: str, words: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, words)
