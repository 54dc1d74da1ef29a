"""One Redis server seen as a store of ours: short deadlines, and a rest after a failure.

A slow or dead server must cost a page a fraction of a second, once: for one second after a failure, callers
are refused at once.
"""

from collections.abc import Sequence
from functools import cache
from time import monotonic
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

DEADLINE = 0.3  # seconds, to connect as to answer
REST = 1.0  # seconds

Word = str | bytes | int | float


class StoreUnavailable(Exception):
    """A store does not answer: the person is asked to come back, nothing is guessed meanwhile."""


class RedisStore:
    def __init__(self, url: str) -> None:
        # One retry, for connections the server closed while they were idle. A deadline is never waited twice.
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        self._client = redis.Redis.from_url(
            url, socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE, retry=retry, decode_responses=True
        )
        self._resting_until = 0.0

    def command(self, *words: Word) -> Any:
        """Raises StoreUnavailable."""
        return self._ask(lambda: self._client.execute_command(*words))  # type: ignore[no-untyped-call]

    def script(self, lua: str, keys: Sequence[str], words: Sequence[Word]) -> Any:
        """Run atomically by the server. Raises StoreUnavailable."""
        registered = self._client.register_script(lua)
        return self._ask(lambda: registered(keys=keys, args=words))

    def _ask(self, question: Any) -> Any:
        if monotonic() < self._resting_until:
            raise StoreUnavailable("Redis failed a moment ago")
        try:
            return question()
        except (redis.ConnectionError, redis.TimeoutError) as error:
            self._resting_until = monotonic() + REST
            raise StoreUnavailable(type(error).__name__) from error
        except redis.RedisError as error:  # out of memory, read-only replica, cluster down
            raise StoreUnavailable(str(error)) from error


@cache
def redis_store(url: str) -> RedisStore:
    return RedisStore(url)
