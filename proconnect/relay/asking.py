"""The Internet's side: one order, one answer, or one failure within five seconds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from proconnect.kernel.outbound import Answer, seconds_left
from proconnect.relay.envelope import BadEnvelope, Envelope, Keys, OutOfDate, Purpose, new_id, read, write
from proconnect.relay.failures import EnvelopeRefused, RelayFailed, RelaySilent
from proconnect.relay.messages import Call, Failure, Outcome, read_outcome, written_call
from proconnect.relay.queue import LONGEST_WAIT, ORDERS, Queue, QueueDown, answers_to, queue


@dataclass(frozen=True, slots=True)
class Relay:
    queue: Queue
    keys: Keys

    def ask(self, call: Call) -> Answer:
        """Raises RelaySilent, EnvelopeRefused or RelayFailed."""
        host = urlsplit(call.url).hostname or "?"
        outcome = self._outcome(call, host, within=min(LONGEST_WAIT, seconds_left()))
        match outcome:
            case Answer():
                return outcome
            case Failure(cause=cause, is_the_provider=is_the_provider):
                raise RelayFailed(host, cause, is_the_provider=is_the_provider)
        raise EnvelopeRefused(host, "the relay answers another question")

    def ping(self) -> None:
        """A whole turn by the queue. Raises as ``ask``."""
        if self._outcome(None, "relay", within=1.0) != "pong":
            raise EnvelopeRefused("relay", "the relay answers another question")

    def _outcome(self, call: Call | None, host: str, *, within: float) -> Outcome:
        try:
            return self._exchanged(call, within)
        except QueueDown as down:
            raise RelaySilent(host, f"the queue of the relay does not answer ({down})") from None
        except BadEnvelope as bad:
            raise EnvelopeRefused(host, str(bad)) from None
        except TimeoutError as silence:
            raise RelaySilent(host, str(silence)) from None

    def _exchanged(self, call: Call | None, within: float) -> Outcome:
        """Raises QueueDown, BadEnvelope or TimeoutError."""
        self._check_it_lives()
        now = _now()
        order = Envelope(
            purpose=Purpose.ORDER,
            id=new_id(),
            at=now,
            until=now + int(within * 1000),
            content=written_call(call),
        )
        self.queue.put(ORDERS, write(order, self.keys))
        text = self.queue.take(answers_to(order.id), within=within)
        if text is None:
            raise TimeoutError("the relay does not answer in time")
        return read_outcome(read(text, self.keys, Purpose.ANSWER, now=_now(), id=order.id).content)

    def _check_it_lives(self) -> None:
        text = self.queue.heartbeat()
        if text is None:
            raise TimeoutError("the relay gives no sign of life")
        try:
            read(text, self.keys, Purpose.HEARTBEAT, now=_now())
        except OutOfDate:
            raise TimeoutError(
                "the last sign of life of the relay is out of date, or the two clocks disagree"
            ) from None


def relay(url: str, keys: Mapping[str, bytes]) -> Relay:
    return Relay(queue(url), Keys(keys))


def _now() -> int:
    return time.time_ns() // 1_000_000
