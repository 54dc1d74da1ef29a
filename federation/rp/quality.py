"""What each FI sends that had to be mended, counted by day: its quality report.

Counted in the process, written by the first sign-in after some seconds: none waits for a row that all of them change,
none fails for it. What a process had not written when it stops is lost.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Sum

from federation.errors import FederationError
from federation.models import ProviderDefect
from federation.registry.records import ProviderRecord
from federation.rp.failures import refused
from federation.rp.identity import Received
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.platform import housekeeping

Defect = ProviderDefect.Defect

WRITE_EVERY = timedelta(seconds=10)
SHOWN = timedelta(days=30)
KEPT = "13 months"
MOST_NAMES = 50  # claims that no row knows, told apart by FI and by process: a FI may send any name
OTHERS = "custom"  # the claims beyond that number, together

log = structlog.get_logger("quality")


class Key(NamedTuple):
    provider: UUID
    day: date
    claim: str  # empty: the identity as a whole
    defect: str


class Tally:
    """What one process has counted since it last wrote."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._names: dict[UUID, set[str]] = {}
        self._write_at = 0.0
        self._lock = Lock()

    def count(self, provider: UUID, received: Received, *, day: date) -> None:
        with self._lock:
            if not self._counts:
                self._write_at = monotonic() + WRITE_EVERY.total_seconds()
            self._counts[Key(provider, day, "", Defect.RECEIVED)] += 1
            for claim, defect in received.defects:
                self._counts[Key(provider, day, claim, defect)] += 1
            for name in received.unknown:
                self._counts[Key(provider, day, self._bounded(provider, name), Defect.RECEIVED)] += 1

    def is_due(self) -> bool:
        return bool(self._counts) and monotonic() >= self._write_at

    def taken(self) -> list[tuple[Key, int]]:
        """In the order of their key, so that two processes that write at once never wait for each other."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return sorted(counts.items())

    def _bounded(self, provider: UUID, name: str) -> str:
        known = self._names.setdefault(provider, set())
        if name not in known and (len(known) >= MOST_NAMES or len(name) > 64):
            return OTHERS
        known.add(name)
        return name


_tally = Tally()


def accepted(received: Received, provider: ProviderRecord, *, now: datetime) -> AssertedIdentity:
    """Counts what was found. Raises ProviderRefused(Y500006), whose ``check`` names the claims refused."""
    _tally.count(provider.uid, received, day=now.date())
    if _tally.is_due():
        write()
    if received.identity is None:
        raise refused(FederationError.WRONG_IDENTITY, ", ".join(received.refused_claims))
    return received.identity


def write() -> None:
    """A count that cannot be written is told to the log, and forgotten: the sign-in goes on."""
    if not (counts := _tally.taken()):
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ADD, _columns(counts))
    except (DatabaseError, InterfaceError):
        log.exception("quality_not_written", lines=len(counts))


def forget_old() -> int:
    return housekeeping.purge("federation_providerdefect", f"day < CURRENT_DATE - interval '{KEPT}'")


# A FI deleted meanwhile has no quality left.
_ADD = """
    INSERT INTO federation_providerdefect (provider_id, day, claim, defect, count)
    SELECT provider.uid, told.day, told.claim, told.defect, told.count
    FROM unnest(%(providers)s::uuid[], %(days)s::date[], %(claims)s::text[], %(defects)s::text[], %(counts)s::int[])
        AS told (provider, day, claim, defect, count)
    JOIN federation_provider AS provider ON provider.uid = told.provider
    ORDER BY told.provider, told.day, told.claim, told.defect
    ON CONFLICT (provider_id, day, claim, defect)
        DO UPDATE SET count = federation_providerdefect.count + EXCLUDED.count
"""


def _columns(counts: Sequence[tuple[Key, int]]) -> dict[str, list[object]]:
    return {
        "providers": [key.provider for key, _ in counts],
        "days": [key.day for key, _ in counts],
        "claims": [key.claim for key, _ in counts],
        "defects": [str(key.defect) for key, _ in counts],
        "counts": [number for _, number in counts],
    }


# The report


@dataclass(frozen=True, slots=True)
class Line:
    claim: str
    defect: ProviderDefect.Defect
    count: int
    share: float  # of the identities received, from 0 to 1


@dataclass(frozen=True, slots=True)
class Report:
    since: date
    identities: int  # received, refused ones included
    defects: tuple[Line, ...]  # the most frequent first
    unknown: tuple[Line, ...]  # claims that no row of ours knows, given to the FS as ``custom``


def report(provider: UUID, *, now: datetime) -> Report:
    """The last 30 days."""
    write()
    since = now.date() - SHOWN
    rows = ProviderDefect.objects.filter(provider=provider, day__gte=since)
    counted = list(rows.values_list("claim", "defect").annotate(Sum("count")).order_by())
    identities = sum(number for claim, _, number in counted if not claim)
    lines = [
        Line(claim, Defect(defect), number, number / max(identities, 1))
        for claim, defect, number in counted
        if claim
    ]
    return Report(
        since=since,
        identities=identities,
        defects=_sorted(line for line in lines if line.defect is not Defect.RECEIVED),
        unknown=_sorted(line for line in lines if line.defect is Defect.RECEIVED),
    )


def _sorted(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: (-line.count, line.claim, line.defect)))
