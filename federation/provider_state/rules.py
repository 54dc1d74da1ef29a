"""What the counts of a FI mean (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

LATELY = timedelta(minutes=5)


class Outcome(StrEnum):
    """Of one return from a FI; the columns of ProviderMinute."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    succeeded: int = 0
    refused: int = 0
    unreachable: int = 0

    @property
    def total(self) -> int:
        return self.succeeded + self.failed

    @property
    def failed(self) -> int:
        return self.refused + self.unreachable

    @property
    def is_wrong(self) -> bool:
        """As the public is told: of those that were not refused, three in ten had no answer. Anybody's browser can make a
        refusal up.
        """
        return self.unreachable * 10 >= (self.succeeded + self.unreachable) * 3 > 0

    def and_one(self, outcome: Outcome) -> "Tally":
        return self + Tally(**{outcome.value: 1})

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            succeeded=self.succeeded + other.succeeded,
            refused=self.refused + other.refused,
            unreachable=self.unreachable + other.unreachable,
        )


def is_alarming(lately: Tally) -> bool:
    """Of the last five minutes: ten returns at least, of which half went wrong."""
    return lately.total >= 10 and lately.failed * 2 >= lately.total


def state(lately: Tally) -> State:
    """Of the last five minutes. Two returns say nothing; nine in ten without an answer: it is down."""
    answers = lately.succeeded + lately.unreachable
    if answers < 3 or not lately.is_wrong:
        return State.OK
    return State.DOWN if lately.unreachable * 10 >= answers * 9 else State.DEGRADED


def wrong_since(minutes: Sequence[tuple[datetime, Tally]]) -> datetime | None:
    """The first of the latest minutes, given from the oldest, in which returns went wrong without a break."""
    wrong = takewhile(lambda counted: counted[1].is_wrong, reversed(minutes))
    return min((minute for minute, _ in wrong), default=None)
