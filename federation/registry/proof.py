"""What a look at the DNS changes of the proof that a FI owns a domain (pure)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

GRACE = timedelta(days=7)  # absent for less, a record is taken to be mislaid


class Seen(Enum):
    FOUND = auto()
    ABSENT = auto()
    UNKNOWN = auto()  # the DNS did not answer: nothing is learnt


class Event(Enum):
    PROVED = auto()
    WENT_MISSING = auto()
    CAME_BACK = auto()
    LAPSED = auto()


@dataclass(frozen=True, slots=True)
class Proof:
    proved_at: datetime | None = None
    missing_since: datetime | None = None  # for a domain that is proved

    @property
    def ends_at(self) -> datetime | None:
        """When it lapses, should the record stay away."""
        return self.missing_since + GRACE if self.missing_since else None


def after(held: Proof, seen: Seen, now: datetime) -> tuple[Proof, Event | None]:
    match seen:
        case Seen.FOUND:
            return _found(held, now)
        case Seen.ABSENT:
            return _absent(held, now)
        case Seen.UNKNOWN:
            return held, None


def _found(held: Proof, now: datetime) -> tuple[Proof, Event | None]:
    if held.proved_at is None:
        return Proof(proved_at=now), Event.PROVED
    return replace(held, missing_since=None), Event.CAME_BACK if held.missing_since else None


def _absent(held: Proof, now: datetime) -> tuple[Proof, Event | None]:
    if held.proved_at is None:
        return Proof(), None
    if held.missing_since is None:
        return replace(held, missing_since=now), Event.WENT_MISSING
    if now - held.missing_since < GRACE:
        return held, None
    return Proof(), Event.LAPSED
