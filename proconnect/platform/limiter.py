"""How often is too often: an exact sliding window per name and key, shared by all workers.

Limits that protect an account live in PostgreSQL, so that a flushed cache forgives nothing; the others in
Redis when LIMITER_URL is given. Keys are hashed here: pass the e-mail or the address as it is. A store that
does not answer refuses (raises LimiterUnavailable): an attempt we cannot count is not allowed.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.translation import ngettext

from proconnect.kernel.error_page import Refused
from proconnect.observability.client_address import client_ip, client_network
from proconnect.platform.errors import PlatformError
from proconnect.platform.redis_store import RedisStore, StoreUnavailable, redis_store

__all__ = ["client_ip", "client_network"]


class LimiterUnavailable(StoreUnavailable):
    pass


@dataclass(frozen=True, slots=True)
class Limit:
    count: int
    per: timedelta
    protects_account: bool = False


class Exhausted(Refused):
    """Ends on a 429 page. The person has at most ``limit.per`` to wait; the trace names what was counted."""

    def __init__(self, name: str, limit: Limit) -> None:
        super().__init__(PlatformError.TOO_MANY, wait=_in_words(limit.per), problem=name)
        self.limit = limit


# What reliability.md calls the defaults


_MINUTE = timedelta(minutes=1)

PAGES_PER_IP = Limit(60, _MINUTE)
FAILURES_PER_IP = Limit(60, 5 * _MINUTE, protects_account=True)  # a whole ministry may leave by one address
PASSWORD_PER_EMAIL = Limit(10, 5 * _MINUTE, protects_account=True)
SECOND_FACTOR_PER_ACCOUNT = Limit(5, 15 * _MINUTE, protects_account=True)
CODE_TRIES_PER_EMAIL = Limit(10, 5 * _MINUTE, protects_account=True)
CODE_SENDS_PER_EMAIL = Limit(5, 15 * _MINUTE, protects_account=True)
CODE_SENDS_PER_EMAIL_AND_MINUTE = Limit(1, _MINUTE, protects_account=True)
CODE_SENDS_PER_IP = Limit(25, 5 * _MINUTE, protects_account=True)
RESETS_PER_EMAIL = Limit(5, 15 * _MINUTE, protects_account=True)
ADMIN_LOGINS = Limit(5, 15 * _MINUTE, protects_account=True)  # by account, and by IP


# Acts


def hit(name: str, key: str, limit: Limit) -> None:
    """Count this one, atomically. Raises Exhausted when the window is full (it is then not counted)."""
    if not _store_of(limit).hit(name, _opaque(key), limit):
        raise Exhausted(name, limit)


def count_failure(name: str, key: str, limit: Limit) -> None:
    """Count this one and let it pass: the next one will be refused."""
    _store_of(limit).hit(name, _opaque(key), limit)


def refuse_if_exhausted(name: str, key: str, limit: Limit) -> None:
    """Raises Exhausted when the window is full; counts nothing.

    Between this and ``count_failure``, parallel attempts pass: where guesses matter, ``hit`` first, then
    ``give_back`` on success.
    """
    if _store_of(limit).hits(name, _opaque(key), limit) >= limit.count:
        raise Exhausted(name, limit)


def give_back(name: str, key: str, limit: Limit) -> None:
    """The latest hit was no failure after all. Earlier ones stay counted."""
    _store_of(limit).give_back(name, _opaque(key))


# Stores


class _Windows(Protocol):
    def hit(self, name: str, key: str, limit: Limit) -> bool: ...
    def hits(self, name: str, key: str, limit: Limit) -> int: ...
    def give_back(self, name: str, key: str) -> None: ...


class _InPostgresql:
    """Refuses to count in a transaction, whose rollback would forgive the attempt."""

    def hit(self, name: str, key: str, limit: Limit) -> bool:
        values: dict[str, str | int | float] = {
            "name": name,
            "key": key,
            "count": limit.count,
            "per": limit.per.total_seconds(),
        }
        return self._run(_HIT, values) is not None

    def hits(self, name: str, key: str, limit: Limit) -> int:
        row = self._run(_HITS, {"name": name, "key": key, "per": limit.per.total_seconds()})
        return int(str(row[0])) if row else 0

    def give_back(self, name: str, key: str) -> None:
        self._run(_GIVE_BACK, {"name": name, "key": key})

    def _run(self, sql: str, values: dict[str, str | int | float]) -> tuple[object, ...] | None:
        try:
            with transaction.atomic(durable=True), connection.cursor() as cursor:
                cursor.execute(sql, values)
                row: tuple[object, ...] | None = cursor.fetchone()
        except DatabaseError as error:
            raise LimiterUnavailable("the counters of PostgreSQL do not answer") from error
        return row


_RECENT = "unnest(held.hits) AS hit WHERE hit > statement_timestamp() - make_interval(secs => %(per)s)"
# The only text put together is ours.
_HIT = f"""
    INSERT INTO platform_ratewindow AS held (name, key, hits, expires_at)
    VALUES (
        %(name)s, %(key)s, ARRAY[statement_timestamp()], statement_timestamp() + make_interval(secs => %(per)s)
    )
    ON CONFLICT (name, key) DO UPDATE SET
        hits = ARRAY(SELECT hit FROM {_RECENT}) || statement_timestamp(),
        expires_at = excluded.expires_at
    WHERE (SELECT count(*) FROM {_RECENT}) < %(count)s
    RETURNING true
"""  # noqa: S608
_HITS = f"""
    SELECT (SELECT count(*) FROM {_RECENT})
    FROM platform_ratewindow AS held WHERE name = %(name)s AND key = %(key)s
"""  # noqa: S608
_GIVE_BACK = """
    UPDATE platform_ratewindow SET hits = trim_array(hits, 1)
    WHERE name = %(name)s AND key = %(key)s AND cardinality(hits) > 0
    RETURNING true
"""


class _InRedis:
    def __init__(self, store: RedisStore) -> None:
        self._store = store

    def hit(self, name: str, key: str, limit: Limit) -> bool:
        words = (limit.count, _microseconds(limit.per), uuid4().hex)
        return bool(self._script(_HIT_IN_REDIS, name, key, words))

    def hits(self, name: str, key: str, limit: Limit) -> int:
        return int(self._script(_HITS_IN_REDIS, name, key, (_microseconds(limit.per),)))

    def give_back(self, name: str, key: str) -> None:
        self._script("return #redis.call('ZPOPMAX', KEYS[1])", name, key, ())

    def _script(self, lua: str, name: str, key: str, words: tuple[str | int, ...]) -> int:
        try:
            return int(self._store.script(lua, [f"limit:{{{name}:{key}}}"], words) or 0)
        except StoreUnavailable as error:
            raise LimiterUnavailable(str(error)) from error


_NOW_IN_REDIS = """
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
"""
_HIT_IN_REDIS = f"""{_NOW_IN_REDIS}
    local count, per, member = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - per)
    if redis.call('ZCARD', KEYS[1]) >= count then return 0 end
    redis.call('ZADD', KEYS[1], now, member)
    redis.call('PEXPIRE', KEYS[1], math.ceil(per / 1000))
    return 1
"""
_HITS_IN_REDIS = f"""{_NOW_IN_REDIS}
    return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now - tonumber(ARGV[1])), '+inf')
"""


def _store_of(limit: Limit) -> _Windows:
    if limit.protects_account or not settings.ENV.limiter_url:
        return _InPostgresql()
    return _InRedis(redis_store(settings.ENV.limiter_url))


def _opaque(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _microseconds(duration: timedelta) -> int:
    return int(duration / timedelta(microseconds=1))


def _in_words(duration: timedelta) -> str:
    minutes = max(1, round(duration / timedelta(minutes=1)))
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
