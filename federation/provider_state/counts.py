"""Returns counted in this process, and written every few seconds by whichever request notices it is time.

A count never makes a sign-in fail: the database that refuses it is asked again later, and waited for no longer than
``LONGEST_WAIT``. A process that is killed loses the last seconds of its counts.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from federation.provider_state.alarm import raise_alarms
from federation.provider_state.rules import Outcome, Tally
from proconnect.platform.availability import OUTAGES

WRITTEN_EVERY = timedelta(seconds=5)
LONGEST_WAIT = timedelta(milliseconds=200)  # for a row that another process is writing
WORTH_KEEPING = timedelta(minutes=10)  # what could not be written meanwhile is dropped

Minutes = Mapping[tuple[UUID, datetime], Tally]

log = structlog.get_logger("provider_state")


class Counts:
    def __init__(self) -> None:
        self._counted: defaultdict[tuple[UUID, datetime], Tally] = defaultdict(Tally)
        self._write_at: float | None = None
        self._lock = Lock()

    def add(self, provider: UUID, outcome: Outcome, now: datetime) -> bool:
        """True when it is time to write."""
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            self._counted[provider, minute] = self._counted[provider, minute].and_one(outcome)
            if self._write_at is None:
                self._write_at = monotonic() + WRITTEN_EVERY.total_seconds()
            return monotonic() >= self._write_at

    def take(self) -> Minutes:
        with self._lock:
            taken, self._counted, self._write_at = dict(self._counted), defaultdict(Tally), None
        return taken

    def give_back(self, minutes: Minutes, now: datetime) -> None:
        with self._lock:
            for (provider, minute), tally in minutes.items():
                if now - minute < WORTH_KEEPING:
                    self._counted[provider, minute] = self._counted[provider, minute] + tally


_counts = Counts()


def count(provider: UUID, outcome: Outcome) -> None:
    if _counts.add(provider, outcome, timezone.now()):
        flush()


def forget() -> None:
    """Nothing was counted in this process."""
    _counts.take()


def flush() -> None:
    """Writes what was counted here, and looks whether it is alarming."""
    now, taken = timezone.now(), _counts.take()
    if not taken:
        return
    try:
        with transaction.atomic():
            _write(taken)
    except (DatabaseError, *OUTAGES) as error:
        _counts.give_back(taken, now)
        log.warning("counts_not_written", error=type(error).__name__)
        return
    try:
        raise_alarms(_failing(taken), now)
    except (DatabaseError, *OUTAGES) as error:
        log.warning("alarms_not_raised", error=type(error).__name__)


def _failing(minutes: Minutes) -> Collection[UUID]:
    return {provider for (provider, _), tally in minutes.items() if tally.failed}


def _write(minutes: Minutes) -> None:
    """In one order, so that two processes wait for each other at worst. Of a FI deleted since, nothing is kept."""
    ordered = sorted(minutes.items(), key=lambda counted: counted[0])
    columns: list[Any] = [
        [provider for (provider, _), _ in ordered],
        [minute for (_, minute), _ in ordered],
        *([getattr(tally, outcome.value) for _, tally in ordered] for outcome in Outcome),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true)", [f"{LONGEST_WAIT // timedelta(milliseconds=1)}"]
        )
        cursor.execute(_ADD, columns)


_ADD = """
    INSERT INTO federation_providerminute AS kept (provider_id, minute, succeeded, refused, unreachable)
    SELECT counted.* FROM unnest(%s::uuid[], %s::timestamptz[], %s::int[], %s::int[], %s::int[])
        AS counted (provider, minute, succeeded, refused, unreachable)
        JOIN federation_provider ON federation_provider.uid = counted.provider
    ON CONFLICT (provider_id, minute) DO UPDATE SET
        succeeded = kept.succeeded + excluded.succeeded,
        refused = kept.refused + excluded.refused,
        unreachable = kept.unreachable + excluded.unreachable
"""
