"""The side of the ministries' network: takes orders, carries out those it may, answers. It knows neither FI nor database."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from proconnect.kernel import outbound
from proconnect.kernel.outbound import AddressRefused, OutboundFailure
from proconnect.relay.envelope import SKEW, BadEnvelope, Envelope, Keys, Purpose, read, write
from proconnect.relay.messages import Call, Failure, NotAllowed, Outcome, read_call, written_outcome
from proconnect.relay.queue import HEARTBEAT_LIFE, KEPT, ORDERS, Queue, QueueDown, answers_to

BEAT_EVERY = 1.0  # seconds
LISTEN_FOR = 1.0  # seconds, before looking whether it must stop
REST = 1.0  # seconds, when the queue is down
TO_ANSWER = timedelta(milliseconds=300)  # kept from the time left for the call, for its answer to be in time

log = structlog.get_logger("relay")


@dataclass(slots=True)
class Seen:
    """Ids of the orders of late: one that comes again is no order. Redis remembers too, for the other relays."""

    _until: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_new(self, order: Envelope, now: int) -> bool:
        with self._lock:
            self._until = {known: until for known, until in self._until.items() if until >= now - SKEW}
            if order.id in self._until:
                return False
            self._until[order.id] = order.until
            return True


class Relay:
    def __init__(self, queue: Queue, keys: Keys, destinations: frozenset[str]) -> None:
        self._queue = queue
        self._keys = keys
        self._destinations = destinations
        self._seen = Seen()
        self._stopping = threading.Event()

    def run(self, *, threads: int) -> bool:
        """Until ``stop``; what is being called then is answered first. False when one of its threads died: whoever
        watches over the process must start it again.
        """
        log.info("relay_started", destinations=sorted(self._destinations), threads=threads)
        workers = [
            threading.Thread(target=self._forever, args=[self.answer_one], name=f"relay-{number}")
            for number in range(threads)
        ]
        for worker in workers:
            worker.start()
        is_whole = True
        while is_whole and not self._stopping.is_set():
            self._quietly(self._beat)
            self._stopping.wait(BEAT_EVERY)
            is_whole = self._stopping.is_set() or all(worker.is_alive() for worker in workers)
        self.stop()
        self._quietly(self._queue.stop_beating)
        for worker in workers:
            worker.join()
        log.info("relay_stopped")
        return is_whole

    def stop(self) -> None:
        self._stopping.set()

    def answer_one(self) -> None:
        """Takes one order, if one comes soon. Raises QueueDown."""
        text = self._queue.take(ORDERS, within=LISTEN_FOR)
        if text is None:
            return
        now = _now()
        try:
            order = read(text, self._keys, Purpose.ORDER, now=now)
            call = read_call(order.content)
        except BadEnvelope as bad:  # whoever wrote it is owed no answer
            log.warning("order_refused", reason=str(bad))
            return
        if not (self._seen.is_new(order, now) and self._queue.is_new(order.id)):
            log.warning("order_refused", reason="it came already", order=order.id)
            return
        self._answer(order, self._outcome(order, call))

    def _outcome(self, order: Envelope, call: Call | None) -> Outcome:
        if call is None:
            return "pong"
        host = urlsplit(call.url).hostname or "?"
        began = time.monotonic()
        try:
            call.check(self._destinations)
            with outbound.at_most(timedelta(milliseconds=max(0, order.until - _now())) - TO_ANSWER):
                answer = _made(call)
        except NotAllowed as refused:
            outcome: Outcome = Failure(host, str(refused), is_the_provider=False)
        except OutboundFailure as failure:
            outcome = Failure(host, failure.cause, is_the_provider=not isinstance(failure, AddressRefused))
        else:
            outcome = answer
        log.info(
            "order_done",
            order=order.id,
            host=host,
            seconds=round(time.monotonic() - began, 3),
            **_told(outcome),
        )
        return outcome

    def _answer(self, order: Envelope, outcome: Outcome) -> None:
        now = _now()
        answer = Envelope(
            purpose=Purpose.ANSWER,
            id=order.id,
            at=now,
            until=now + int(KEPT.total_seconds() * 1000),
            content=written_outcome(outcome),
        )
        self._queue.put(answers_to(order.id), write(answer, self._keys))

    def _beat(self) -> None:
        now = _now()
        life = int(HEARTBEAT_LIFE.total_seconds() * 1000)
        beat = Envelope(purpose=Purpose.HEARTBEAT, id="heartbeat", at=now, until=now + life, content={})
        self._queue.beat(write(beat, self._keys))

    def _forever(self, act: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            if not self._quietly(act):
                self._stopping.wait(REST)

    def _quietly(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except QueueDown as down:
            log.warning("queue_down", error=str(down))
            return False
        return True


def _made(call: Call) -> outbound.Answer:
    """Raises OutboundFailure."""
    if call.form is None:
        return outbound.get(call.url, headers=call.headers, is_internal=True)
    return outbound.post_form(call.url, call.form, headers=call.headers, is_internal=True)


def _told(outcome: Outcome) -> dict[str, object]:
    match outcome:
        case Failure(cause=cause):
            return {"failure": cause}
        case outbound.Answer(status=status):
            return {"status": status}
    return {}


def _now() -> int:
    return time.time_ns() // 1_000_000
