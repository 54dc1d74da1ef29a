"""How often FS and FD may call (RFC 6819 4.4.3.6 speaks of guesses; here of floods, since secrets hold 256 bits).

A caller that proves itself is counted by its own name, so that nobody else uses up what it may do. One that does not is
counted by its address, whether the client it names exists or not. A success never counts against an address: a whole
ministry may leave by one.
"""

from collections import deque
from threading import Lock
from time import monotonic

from django.conf import settings
from django.http import HttpRequest

from federation.op.wire import OAuthError
from federation.registry.records import ClientRecord
from proconnect.platform import limiter
from proconnect.platform.limiter import Exhausted, Limit

NAME = "op.calls"
NAME_OF_REFUSALS = "op.refusals"
REFUSALS_PER_IP = limiter.PAGES_PER_IP


def count_call(client: ClientRecord, limit: Limit) -> None:
    """Raises OAuthError once too many; LimiterUnavailable."""
    if settings.ENV.limiter_url:
        _hit(NAME, client.client_id, limit)
    elif not _in_this_process.hit(client.client_id, limit):
        raise _too_many(limit)


def count_refusal(request: HttpRequest) -> None:
    """Raises OAuthError once too many, instead of the refusal; LimiterUnavailable."""
    _hit(NAME_OF_REFUSALS, limiter.client_network(request), REFUSALS_PER_IP)


class Windows:
    """Without Redis each process counts for itself: a row of PostgreSQL rewritten at every call of a busy FS would cost
    more than the calls it spares.
    """

    def __init__(self) -> None:
        self._hits: dict[str, deque[float]] = {}
        self._lock = Lock()

    def hit(self, key: str, limit: Limit) -> bool:
        now = monotonic()
        with self._lock:
            hits = self._hits.setdefault(key, deque(maxlen=limit.count))
            if len(hits) == limit.count and now - hits[0] < limit.per.total_seconds():
                return False
            hits.append(now)
        return True

    def clear(self) -> None:
        self._hits.clear()


_in_this_process = Windows()
forget = _in_this_process.clear


def _hit(name: str, key: str, limit: Limit) -> None:
    try:
        limiter.hit(name, key, limit)
    except Exhausted as exhausted:
        raise _too_many(limit) from exhausted


def _too_many(limit: Limit) -> OAuthError:
    """RFC 6585 4."""
    return OAuthError(
        "temporarily_unavailable",
        "too many calls",
        status=429,
        headers={"Retry-After": str(max(1, round(limit.per.total_seconds())))},
    )
