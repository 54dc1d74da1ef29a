"""Things kept for a while under a key and taken once: journeys, transactions, tickets, identifiers seen.

Kept in Redis when ONE_TIME_URL is given, else in PostgreSQL, where they follow the caller's transaction.
Values are sealed (they may name a person); keys are not: pass a hash or a UUID, never a secret. Expiry is
judged by the store's clock. Each call is one command or one SQL statement, and raises StoreUnavailable or
OperationalError when the store does not answer.
"""

import json
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction

from proconnect.kernel.encryption import CannotUnseal, seal, unseal
from proconnect.platform.redis_store import RedisStore, redis_store


def put(
    kind: str, key: str, value: dict[str, Any], lifetime: timedelta, *, only_if_absent: bool = False
) -> bool:
    """False when ``only_if_absent`` and something is already kept there (a replay)."""
    sealed = seal(json.dumps(value, separators=(",", ":")), context=_context(kind, key))
    return _place().put(kind, key, sealed, lifetime, only_if_absent=only_if_absent)


def read(kind: str, key: str) -> dict[str, Any] | None:
    return _opened(kind, key, _place().read(kind, key))


def take(kind: str, key: str) -> dict[str, Any] | None:
    """Read and delete, atomically: of twenty callers at once, one gets the value."""
    return _opened(kind, key, _place().take(kind, key))


def forget(kind: str, key: str) -> None:
    _place().take(kind, key)


def count_failure(kind: str, key: str, lifetime: timedelta) -> int:
    """How many failures this key has had, this one included; forgotten ``lifetime`` after the first.

    Counted at once: it refuses to run in a transaction, whose rollback would forgive the failure.
    """
    return _place().count_failure(kind, key, lifetime)


def forget_failures(kind: str, key: str) -> None:
    _place().forget_failures(kind, key)


class _Place(Protocol):
    def put(self, kind: str, key: str, sealed: str, lifetime: timedelta, *, only_if_absent: bool) -> bool: ...
    def read(self, kind: str, key: str) -> str | None: ...
    def take(self, kind: str, key: str) -> str | None: ...
    def count_failure(self, kind: str, key: str, lifetime: timedelta) -> int: ...
    def forget_failures(self, kind: str, key: str) -> None: ...


class _InPostgresql:
    def put(self, kind: str, key: str, sealed: str, lifetime: timedelta, *, only_if_absent: bool) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                _PUT_IF_ABSENT if only_if_absent else _PUT, [kind, key, sealed, lifetime.total_seconds()]
            )
            return bool(cursor.rowcount == 1)

    def read(self, kind: str, key: str) -> str | None:
        return _first_column(_READ, kind, key)

    def take(self, kind: str, key: str) -> str | None:
        return _first_column(_TAKE, kind, key)

    def count_failure(self, kind: str, key: str, lifetime: timedelta) -> int:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(_COUNT_FAILURE, [kind, key, lifetime.total_seconds()])
            return int(cursor.fetchone()[0])

    def forget_failures(self, kind: str, key: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM platform_failurecount WHERE kind = %s AND key = %s", [kind, key])


_PUT = """
    INSERT INTO platform_onetimething AS held (kind, key, sealed, expires_at)
    VALUES (%s, %s, %s, statement_timestamp() + make_interval(secs => %s))
    ON CONFLICT (kind, key) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at
"""
_PUT_IF_ABSENT = f"{_PUT} WHERE held.expires_at <= statement_timestamp()"
_READ = """
    SELECT sealed FROM platform_onetimething
    WHERE kind = %s AND key = %s AND expires_at > statement_timestamp()
"""
_TAKE = """
    DELETE FROM platform_onetimething WHERE kind = %s AND key = %s
    RETURNING CASE WHEN expires_at > statement_timestamp() THEN sealed END
"""
_COUNT_FAILURE = """
    INSERT INTO platform_failurecount AS held (kind, key, failures, expires_at)
    VALUES (%s, %s, 1, statement_timestamp() + make_interval(secs => %s))
    ON CONFLICT (kind, key) DO UPDATE SET
        failures = CASE WHEN held.expires_at > statement_timestamp() THEN held.failures + 1 ELSE 1 END,
        expires_at = CASE WHEN held.expires_at > statement_timestamp() THEN held.expires_at
                          ELSE excluded.expires_at END
    RETURNING failures
"""


def _first_column(sql: str, kind: str, key: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [kind, key])
        row = cursor.fetchone()
    return row[0] if row else None


class _InRedis:
    """Both keys of a thing carry the same hash tag, so that a cluster keeps them in one slot."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    def put(self, kind: str, key: str, sealed: str, lifetime: timedelta, *, only_if_absent: bool) -> bool:
        condition = ("NX",) if only_if_absent else ()
        return bool(
            self._store.command(
                "SET", _value_key(kind, key), sealed, "PX", _milliseconds(lifetime), *condition
            )
        )

    def read(self, kind: str, key: str) -> str | None:
        sealed: str | None = self._store.command("GET", _value_key(kind, key))
        return sealed

    def take(self, kind: str, key: str) -> str | None:
        sealed: str | None = self._store.command("GETDEL", _value_key(kind, key))
        return sealed

    def count_failure(self, kind: str, key: str, lifetime: timedelta) -> int:
        return int(self._store.script(_COUNT_IN_REDIS, [_failures_key(kind, key)], [_milliseconds(lifetime)]))

    def forget_failures(self, kind: str, key: str) -> None:
        self._store.command("DEL", _failures_key(kind, key))


_COUNT_IN_REDIS = """
    local failures = redis.call('INCR', KEYS[1])
    if failures == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
    return failures
"""


def _value_key(kind: str, key: str) -> str:
    return f"one-time:{{{kind}:{key}}}"


def _failures_key(kind: str, key: str) -> str:
    return f"one-time-failures:{{{kind}:{key}}}"


def _milliseconds(lifetime: timedelta) -> int:
    return max(1, int(lifetime / timedelta(milliseconds=1)))


def _place() -> _Place:
    url = settings.ENV.one_time_url
    return _InRedis(redis_store(url)) if url else _InPostgresql()


def _opened(kind: str, key: str, sealed: str | None) -> dict[str, Any] | None:
    """None too when it was sealed by a key since retired: the same to the caller as expired."""
    if sealed is None:
        return None
    try:
        value: dict[str, Any] = json.loads(unseal(sealed, context=_context(kind, key)))
    except CannotUnseal:
        return None
    return value


def _context(kind: str, key: str) -> str:
    return f"one-time:{kind}:{key}"
