"""Leave a destination that keeps failing alone for a while, then try it with one call."""

from datetime import timedelta
from threading import Lock

FAILURES_TOLERATED = 5  # in a row
REST = timedelta(seconds=30)


class Breaker:
    """Closed: calls pass. Open: none does, for ``REST``. Half-open: one does, and its outcome decides.

    ``now`` is a monotonic clock, in seconds.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._opened_at: float | None = None
        self._is_on_trial = False
        self._lock = Lock()

    def permits(self, now: float) -> bool:
        """Who is permitted must report ``succeeded``, ``failed`` or ``was_not_tried``."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._is_on_trial or now - self._opened_at < REST.total_seconds():
                return False
            self._is_on_trial = True
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._opened_at, self._is_on_trial = 0, None, False

    def failed(self, now: float) -> None:
        with self._lock:
            self._failures += 1
            if self._is_on_trial or self._failures >= FAILURES_TOLERATED:
                self._opened_at = now
            self._is_on_trial = False

    def was_not_tried(self) -> None:
        with self._lock:
            self._is_on_trial = False
