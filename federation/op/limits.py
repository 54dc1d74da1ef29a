"""How often FS and FD may call.

Who proves itself is counted by its own name, so that nobody else uses up what it may do. Who does not is counted by its
address, whether the client it names exists or not (S-052). A success never counts against an address: a whole ministry
may leave by one.
"""

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from time import monotonic

from django.conf import settings
from django.http import HttpRequest

from federation.op.wire import OAuthError
from federation.registry.records import ClientRecord
from proconnect.platform import limiter
from proconnect.platform.limiter import Exhausted, Limit, LimiterUnavailable

REFUSALS_PER_IP = limiter.PAGES_PER_IP
BURST = timedelta(seconds=2)


def calls_per_client() -> Limit:
    """Those of two seconds may come at once."""
    return Limit(2 * settings.ENV.client_calls_per_second, BURST)


def count_call(client: ClientRecord) -> None:
    """Raises OAuthError once too many."""
    limit = calls_per_client()
    if not _may_call(client.client_id, limit):
        raise _too_many(limit)


def _may_call(client_id: str, limit: Limit) -> bool:
    """Who has proved itself is served while Redis is down: each process then counts for itself."""
    if settings.ENV.limiter_url:
        try:
            limiter.hit("op.calls", client_id, limit)
        except Exhausted:
            return False
        except LimiterUnavailable:
            pass
        else:
            return True
    return _of_this_process.hit(client_id, limit)


def count_refusal(request: HttpRequest) -> None:
    """Raises OAuthError once too many, in place of the refusal; LimiterUnavailable."""
    try:
        limiter.hit("op.refusals", limiter.client_network(request), REFUSALS_PER_IP)
    except Exhausted:
        raise _too_many(REFUSALS_PER_IP) from None


class Windows:
    """Without Redis each process counts for itself: a row of PostgreSQL rewritten at every call of a busy FS would cost
    more than the calls it spares. Keys are clients of ours, so there are few.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._hits: dict[str, deque[float]] = {}
        self._lock = Lock()

    def hit(self, key: str, limit: Limit) -> bool:
        now = self._clock()
        with self._lock:
            hits = self._hits.setdefault(key, deque(maxlen=limit.count))
            if len(hits) == limit.count and now - hits[0] < limit.per.total_seconds():
                return False
            hits.append(now)
        return True


_of_this_process = Windows()


def _too_many(limit: Limit) -> OAuthError:
    """RFC 6585 4."""
    wait = max(1, round(limit.per.total_seconds()))
    return OAuthError(
        "temporarily_unavailable", "too many calls", status=429, headers={"Retry-After": str(wait)}
    )
