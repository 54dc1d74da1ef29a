"""The Redis both sides share: orders in one list, each answer in a list of its own, a heartbeat that dies by itself.

All keys carry one hash tag, so that a cluster keeps them in one slot.
"""

from datetime import timedelta
from functools import cache
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

ORDERS = "{relay}:orders"
HEARTBEAT = "{relay}:heartbeat"
HEARTBEAT_LIFE = timedelta(seconds=3)
KEPT = timedelta(seconds=30)  # orders nobody takes, answers nobody waits for any more, ids already seen
CONNECTION_DEADLINE = 0.5  # seconds
COMMAND_DEADLINE = 0.5  # seconds
LONGEST_WAIT = 4.5  # seconds, for something to take


class QueueDown(Exception):
    """Redis does not answer."""


class Queue:
    def __init__(self, url: str) -> None:
        # One retry, for connections the server closed while they were idle.
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        self._client = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECTION_DEADLINE,
            socket_timeout=COMMAND_DEADLINE,
            retry=retry,
            decode_responses=True,
        )
        # Popping is never tried twice: what the first try took would be lost without a word.
        self._waiting = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECTION_DEADLINE,
            socket_timeout=LONGEST_WAIT + COMMAND_DEADLINE / 2,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )

    # What both do: each raises QueueDown

    def put(self, key: str, text: str) -> None:
        pipeline = self._client.pipeline()
        pipeline.rpush(key, text)
        pipeline.pexpire(key, KEPT)
        self._ask(pipeline.execute)

    def take(self, key: str, *, within: float) -> str | None:
        """``within``: seconds to wait for one."""
        patience = min(max(within, 0.01), LONGEST_WAIT)  # 0 would be for ever
        found = self._ask(lambda: self._waiting.blpop([key], timeout=patience))
        return str(found[1]) if found else None

    # The relay's signs of life

    def beat(self, text: str) -> None:
        self._ask(lambda: self._client.set(HEARTBEAT, text, px=HEARTBEAT_LIFE))

    def stop_beating(self) -> None:
        self._ask(lambda: self._client.delete(HEARTBEAT))

    def heartbeat(self) -> str | None:
        found = self._ask(lambda: self._client.get(HEARTBEAT))
        return str(found) if found is not None else None

    def is_new(self, order_id: str) -> bool:
        """True once for each id, whichever relay asks."""
        return bool(self._ask(lambda: self._client.set(f"{{relay}}:seen:{order_id}", 1, nx=True, px=KEPT)))

    def _ask(self, question: Any) -> Any:
        try:
            return question()
        except (redis.RedisError, OSError) as error:
            raise QueueDown(type(error).__name__) from None


def answers_to(order_id: str) -> str:
    return f"{{relay}}:answers:{order_id}"


@cache
def queue(url: str) -> Queue:
    return Queue(url)
