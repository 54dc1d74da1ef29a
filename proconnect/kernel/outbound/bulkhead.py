"""How much of this process one destination may hold: a slow one few threads, one that keeps failing none."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from threading import Condition
from time import monotonic

from proconnect.kernel.outbound.breaker import Breaker
from proconnect.kernel.outbound.connection import seconds_left
from proconnect.kernel.outbound.failures import Resting

SLOW = timedelta(seconds=2)  # a passage that lasts longer makes its destination a slow one
SLOW_FOR = timedelta(seconds=30)  # after its last slow passage
PATIENCE = timedelta(seconds=0.5)  # a quick destination gives its threads back soon enough to be waited for


@dataclass(frozen=True, slots=True)
class Held:
    """Threads of this process that are waiting for an answer of somebody."""

    here: int
    by_the_slow: int  # whatever slow destination they wait for
    is_slow: bool  # this destination


class Turn(Enum):
    NOW = auto()
    SOON = auto()
    NOT_NOW = auto()


def turn(held: Held, threads: int) -> Turn:
    """Pure. A quick destination takes three quarters of the threads; a slow one a quarter, and all the slow ones half."""
    if held.is_slow:
        is_within = held.here < max(1, threads // 4) and held.by_the_slow < max(1, threads // 2)
        return Turn.NOW if is_within else Turn.NOT_NOW
    return Turn.NOW if held.here < max(1, threads * 3 // 4) else Turn.SOON


@dataclass(slots=True)
class Passage:
    """The calls made to one destination in one go: they share a thread, and one verdict on the destination."""

    name: str
    _has_answered: bool = False
    _has_failed: bool = False

    def answered(self) -> None:
        self._has_answered = True

    def failed(self) -> None:
        self._has_failed = True

    def report(self, breaker: Breaker) -> None:
        """A trial that never reported would keep the breaker half-open for ever."""
        if self._has_failed:
            breaker.failed(monotonic())
        elif self._has_answered:
            breaker.succeeded()
        else:
            breaker.was_not_tried()


@dataclass(slots=True, eq=False)
class _Destination:
    breaker: Breaker = field(default_factory=Breaker)
    began: list[float] = field(default_factory=list)  # one per thread it holds
    slow_until: float = 0.0

    def is_slow(self, now: float) -> bool:
        return now < self.slow_until or any(now - since > SLOW.total_seconds() for since in self.began)


_current: ContextVar[Passage | None] = ContextVar("outbound_passage", default=None)


class Bulkheads:
    """Those of one process, which answers with so many threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._destinations: defaultdict[str, _Destination] = defaultdict(_Destination)
        self._running: list[_Destination] = []  # once per thread
        self._changed = Condition()

    @contextmanager
    def passage(self, name: str, host: str = "") -> Iterator[Passage]:
        """Within a passage to the same destination, the same one. Raises Resting."""
        if (current := _current.get()) and current.name == name:
            yield current
            return
        began = self._enter(name, host or name)
        passage = Passage(name)
        token = _current.set(passage)
        try:
            yield passage
        finally:
            _current.reset(token)
            self._leave(self._destinations[name], began, passage)

    def _enter(self, name: str, host: str) -> float:
        with self._changed:
            destination = self._destinations[name]
            if not self._has_a_turn(destination):
                raise Resting(host, "too many calls to it are running")
            if not destination.breaker.permits(monotonic()):
                raise Resting(host, "it failed too often, its turn comes again soon")
            began = monotonic()
            destination.began.append(began)
            self._running.append(destination)
            return began

    def _has_a_turn(self, destination: _Destination) -> bool:
        give_up_at = monotonic() + min(PATIENCE.total_seconds(), seconds_left())
        while (due := self._turn_of(destination)) is Turn.SOON and (left := give_up_at - monotonic()) > 0:
            self._changed.wait(left)
        return due is Turn.NOW

    def _turn_of(self, destination: _Destination) -> Turn:
        now = monotonic()
        held = Held(
            here=len(destination.began),
            by_the_slow=sum(each.is_slow(now) for each in self._running),
            is_slow=destination.is_slow(now),
        )
        return turn(held, self._threads)

    def _leave(self, destination: _Destination, began: float, passage: Passage) -> None:
        now = monotonic()
        with self._changed:
            destination.began.remove(began)
            self._running.remove(destination)
            if now - began > SLOW.total_seconds():
                destination.slow_until = now + SLOW_FOR.total_seconds()
            passage.report(destination.breaker)
            self._changed.notify_all()


def current_passage() -> Passage | None:
    return _current.get()
