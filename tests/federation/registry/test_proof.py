"""What a look at the DNS changes of the proof that a FI owns a domain."""

from datetime import UTC, datetime, timedelta

import pytest

from federation.registry.proof import Event, Proof, Seen, after

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MONTH_AGO = NOW - timedelta(days=30)
PROVED = Proof(proved_at=MONTH_AGO)


def missing(**since: float) -> Proof:
    return Proof(proved_at=MONTH_AGO, missing_since=NOW - timedelta(**since))


@pytest.mark.parametrize(
    ("held", "seen", "kept", "event"),
    [
        pytest.param(Proof(), Seen.FOUND, Proof(proved_at=NOW), Event.PROVED, id="first seen"),
        pytest.param(Proof(), Seen.ABSENT, Proof(), None, id="not published yet"),
        pytest.param(Proof(), Seen.UNKNOWN, Proof(), None, id="the DNS says nothing of a new domain"),
        pytest.param(PROVED, Seen.FOUND, PROVED, None, id="still there: the date of the proof stays"),
        pytest.param(
            PROVED, Seen.ABSENT, missing(days=0), Event.WENT_MISSING, id="absent for the first time"
        ),
        pytest.param(PROVED, Seen.UNKNOWN, PROVED, None, id="the DNS says nothing of a proved domain"),
        pytest.param(missing(days=6.9), Seen.FOUND, PROVED, Event.CAME_BACK, id="back in time"),
        pytest.param(
            missing(days=6.9), Seen.ABSENT, missing(days=6.9), None, id="absent, not for seven days"
        ),
        pytest.param(missing(days=7), Seen.ABSENT, Proof(), Event.LAPSED, id="absent for seven days"),
        pytest.param(missing(days=30), Seen.UNKNOWN, missing(days=30), None, id="a failure never lapses"),
        pytest.param(missing(days=30), Seen.FOUND, PROVED, Event.CAME_BACK, id="back after a long failure"),
    ],
)
def test_what_a_look_changes(held: Proof, seen: Seen, kept: Proof, event: Event | None) -> None:
    assert after(held, seen, NOW) == (kept, event)


def test_when_a_missing_proof_lapses() -> None:
    assert missing(days=1).ends_at == NOW + timedelta(days=6)
    assert PROVED.ends_at is None
