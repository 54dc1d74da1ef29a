"""One Redis server seen as a store of ours: short deadlines, and a rest after a failure.

A slow or dead server must cost a page a fraction of a second, once: for one second after a failure, callers
are refused at once.
"""

import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import sha1
from time import monotonic
from typing import Any

import redis
from redis.connection import ConnectionInterface

DEADLINE = 0.3  # seconds, to connect as to answer
REST = 1.0  # seconds

Word = str | bytes | int | float


class StoreUnavailable(Exception):
    """A store does not answer: the person is asked to come back, nothing is guessed meanwhile."""


class RedisStore:
    """Each thread keeps its connection: redis-py's client, which lends one per command, costs twice the command."""

    def __init__(self, url: str) -> None:
        self._pool = redis.ConnectionPool.from_url(
            url, socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE, decode_responses=True
        )
        self._of_this_thread = threading.local()
        self._resting_until = 0.0

    def command(self, *words: Word) -> Any:
        """The server's own answer, in text. Raises StoreUnavailable."""
        if monotonic() < self._resting_until:
            raise StoreUnavailable("Redis failed a moment ago")
        try:
            return self._told(words)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            self._resting_until = monotonic() + REST
            raise StoreUnavailable(type(error).__name__) from error
        except redis.exceptions.NoScriptError:
            raise
        except redis.RedisError as error:  # out of memory, read-only replica, cluster down
            raise StoreUnavailable(str(error)) from error

    def script(self, lua: str, keys: Sequence[str], words: Sequence[Word]) -> Any:
        """Run atomically by the server. Raises StoreUnavailable."""
        arguments = (len(keys), *keys, *words)
        try:
            return self.command("EVALSHA", _digest(lua), *arguments)
        except redis.exceptions.NoScriptError:  # a server that has not seen it yet, or forgot it
            return self.command("EVAL", lua, *arguments)

    def _told(self, words: Sequence[Word]) -> Any:
        """Tried twice, for connections the server closed while they were idle. A deadline is never waited twice."""
        connection = self._connection()
        try:
            return _exchange(connection, words)
        except redis.ConnectionError:
            return _exchange(connection, words)

    def _connection(self) -> ConnectionInterface:
        held = self._of_this_thread.__dict__
        if "connection" not in held:
            held["connection"] = self._pool.make_connection()
        connection: ConnectionInterface = held["connection"]
        return connection


def _exchange(connection: ConnectionInterface, words: Sequence[Word]) -> Any:
    """A failure leaves the connection closed; the next command opens it again."""
    connection.send_command(*words)  # type: ignore[no-untyped-call]
    return connection.read_response()


@lru_cache
def _digest(lua: str) -> str:
    return sha1(lua.encode(), usedforsecurity=False).hexdigest()


@cache
def redis_store(url: str) -> RedisStore:
    return RedisStore(url)
