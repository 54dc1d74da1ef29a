"""A public document of a partner, kept close: in this process, in the shared cache, and for a day when it is silent."""

import json
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, Generic, TypeVar

from django.core.cache import caches
from django.db import Error as DatabaseError
from redis import RedisError

from federation.traces import Trace
from proconnect.kernel import outbound
from proconnect.kernel.outbound import (
    EXCHANGE_DEADLINE,
    Answer,
    OutboundFailure,
    Resting,
    json_object,
    seconds_left,
)
from proconnect.kernel.traces import record

FRESH = timedelta(minutes=10)
USABLE = timedelta(hours=24)  # when the partner no longer answers, or answers wrongly
BETWEEN_REFETCHES = timedelta(minutes=1)  # whatever forged tokens claim (S-073)
REST = timedelta(seconds=30)  # after a failure, before the partner is asked again
CACHE_FAILURES = (DatabaseError, RedisError, OSError)

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Unavailable(Exception):
    """The partner gives no usable document and none was remembered; the text says why."""


def fetch_json(url: str, *, is_internal: bool) -> dict[str, Any]:
    """Raises OutboundFailure, or ValueError when the answer is no JSON object."""
    return document_in(outbound.get(url, headers={"accept": "application/json"}, is_internal=is_internal))


def document_in(answer: Answer) -> dict[str, Any]:
    """Raises ValueError when the answer is no JSON object."""
    if answer.status != 200:
        raise ValueError(f"HTTP {answer.status}")
    return answer.json_object()


@dataclass(frozen=True, slots=True)
class Copy(Generic[T]):
    value: T
    document: dict[str, Any]
    fetched_at: float  # seconds of the epoch: processes compare them

    def is_younger_than(self, age: timedelta, now: float) -> bool:
        return now - self.fetched_at < age.total_seconds()


class Remembered(Generic[T]):
    """``fetch`` asks the partner (raises OutboundFailure or ValueError); ``read`` checks a document and makes it a value
    (raises ValueError). One thread fetches, the others keep what is usable meanwhile, or wait for its outcome; whoever
    fetches or waits does so within ``turn`` (raises Resting), which bounds how many they are.
    """

    def __init__(
        self,
        name: str,
        *,
        fetch: Callable[[], dict[str, Any]],
        read: Callable[[dict[str, Any]], T],
        turn: Callable[[], AbstractContextManager[object]] = nullcontext,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._key = f"document:{sha256(name.encode()).hexdigest()}"
        self._fetch = fetch
        self._read = read
        self._turn = turn
        self._clock = clock
        self._copy: Copy[T] | None = None
        self._quiet_until = 0.0  # after a failure, the usable copy is not doubted before then
        self._refetched_at = 0.0
        self._refetched_for_stranger_at = 0.0
        self._attempts = 0  # who waited for another's fetch takes its outcome, good or bad
        self._problem: Exception = ValueError("it has not been fetched yet")
        self._flight = Lock()

    def get(self) -> T:
        """Raises Unavailable."""
        copy, attempts = self._copy, self._attempts
        if copy and (self._is_fresh(copy) or (self._is_usable(copy) and self._clock() < self._quiet_until)):
            return copy.value
        can_do_without = copy is not None and self._is_usable(copy)
        try:
            with self._turn():
                return self._in_flight(
                    lambda: self._renewed() if self._attempts == attempts else self._at_hand(),
                    patience=0 if can_do_without else _patience(),
                )
        except Resting as failure:
            return self._despite(failure)

    def refetched(self, *, for_stranger: bool = False) -> T:
        """A copy newer than the one at hand, when one may be had: at most one fetch every ``BETWEEN_REFETCHES``, and what
        a stranger had fetched (anybody may send us a token) takes nothing from what the partner's own answers are owed.

        Raises Unavailable.
        """
        try:
            with self._turn():
                return self._in_flight(lambda: self._refetched(for_stranger), patience=_patience())
        except Resting as failure:
            return self._despite(failure)

    def _in_flight(self, act: Callable[[], T], *, patience: float) -> T:
        if not self._flight.acquire(timeout=patience):
            return self._at_hand()
        try:
            return act()
        finally:
            self._flight.release()

    def _despite(self, failure: Resting) -> T:
        """What is at hand, when nothing newer may be asked for now. Raises Unavailable."""
        if self._copy and self._is_usable(self._copy):
            return self._copy.value
        raise Unavailable(str(failure)) from failure

    # Each of these runs in one thread at a time

    def _renewed(self) -> T:
        if self._copy and self._is_fresh(self._copy):
            return self._copy.value
        self._adopt_shared()
        if self._copy and self._is_fresh(self._copy):
            return self._copy.value
        return self._fetched()

    def _refetched(self, for_stranger: bool) -> T:
        now, mine = self._clock(), self._copy
        last = max(self._refetched_at, self._refetched_for_stranger_at if for_stranger else 0.0)
        if now - last < BETWEEN_REFETCHES.total_seconds():
            return self._at_hand()
        if for_stranger:
            self._refetched_for_stranger_at = now
        else:
            self._refetched_at = now
        self._adopt_shared()
        if self._copy and self._copy is not mine and self._copy.is_younger_than(BETWEEN_REFETCHES, now):
            return self._copy.value
        return self._fetched()

    def _fetched(self) -> T:
        try:
            document = self._fetch()
            self._copy = Copy(self._read(document), document, self._clock())
        except (OutboundFailure, ValueError) as failure:
            self._problem = failure.with_traceback(None)
            self._quiet_until = self._clock() + REST.total_seconds()
            self._warn(failure)
        else:
            self._share(self._copy)
        self._attempts += 1
        return self._at_hand()

    def _warn(self, failure: Exception) -> None:
        logger.warning("The document %s could not be renewed: %s", self._name, failure)
        if self._copy and self._is_usable(self._copy):
            age = timedelta(seconds=int(self._clock() - self._copy.fetched_at))
            record(Trace.OLD_DOCUMENT_SERVES, document=self._name, age=age, reason=failure)

    def _at_hand(self) -> T:
        if self._copy and self._is_usable(self._copy):
            return self._copy.value
        raise Unavailable(str(self._problem)) from self._problem

    def _is_fresh(self, copy: Copy[T]) -> bool:
        return copy.is_younger_than(FRESH, self._clock())

    def _is_usable(self, copy: Copy[T]) -> bool:
        return copy.is_younger_than(USABLE, self._clock())

    # The shared cache spares the partner one fetch per process. Without it each process asks for itself.

    def _adopt_shared(self) -> None:
        try:
            kept = caches["default"].get(self._key)
        except CACHE_FAILURES:
            return
        try:
            shared = json_object(kept)
            copy = Copy(self._read(shared["document"]), shared["document"], float(shared["fetched_at"]))
        except (TypeError, KeyError, ValueError):
            return
        if self._is_usable(copy) and (self._copy is None or copy.fetched_at > self._copy.fetched_at):
            self._copy = copy

    def _share(self, copy: Copy[T]) -> None:
        kept = json.dumps({"document": copy.document, "fetched_at": copy.fetched_at})
        try:
            caches["default"].set(self._key, kept, timeout=int(USABLE.total_seconds()))
        except CACHE_FAILURES:
            logger.warning("The document %s could not be shared between processes", self._name)


def _patience() -> float:
    """Seconds another thread's fetch may be waited for."""
    return min(EXCHANGE_DEADLINE.total_seconds(), seconds_left())
