"""Our relay as a thread of the tests: the same code as its process, on the other side of a real Redis."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager

import redis

from proconnect.relay.answering import Relay
from proconnect.relay.envelope import Keys
from proconnect.relay.queue import HEARTBEAT, Queue

RELAY_KEYS = {"k1": bytes(range(32))}


@contextmanager
def relaying(
    url: str, keys: Mapping[str, bytes], destinations: Iterable[str], *, threads: int = 2
) -> Iterator[Relay]:
    """Its first sign of life was given when this begins; nothing of it is left in Redis afterwards."""
    with closing(redis.Redis.from_url(url)) as client:
        client.flushdb()
        relay = Relay(Queue(url), Keys(keys), frozenset(destinations))
        thread = threading.Thread(target=relay.run, kwargs={"threads": threads})
        thread.start()
        while not client.exists(HEARTBEAT):
            time.sleep(0.01)
        try:
            yield relay
        finally:
            relay.stop()
            thread.join()
            client.flushdb()
