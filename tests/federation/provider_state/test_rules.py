"""From the returns of five minutes: is it alarming, what is the public told?"""

from datetime import UTC, datetime, timedelta

import pytest

from federation.provider_state.rules import Outcome, State, Tally, is_alarming, state, wrong_since


def tally(succeeded: int = 0, refused: int = 0, unreachable: int = 0) -> Tally:
    return Tally(succeeded=succeeded, refused=refused, unreachable=unreachable)


@pytest.mark.parametrize(
    ("lately", "alarming"),
    [
        pytest.param(tally(), False, id="nobody came"),
        pytest.param(tally(unreachable=9), False, id="nine returns are too few"),
        pytest.param(tally(unreachable=10), True, id="ten, all without an answer"),
        pytest.param(tally(refused=10), True, id="ten, all refused"),
        pytest.param(tally(5, 2, 3), True, id="half of ten"),
        pytest.param(tally(6, 2, 2), False, id="four of ten"),
        pytest.param(tally(501, 499, 0), False, id="just under half of many"),
        pytest.param(tally(500, 0, 500), True, id="half of many"),
        pytest.param(tally(1000), False, id="all is well"),
    ],
)
def test_when_a_provider_alarms(lately: Tally, *, alarming: bool) -> None:
    assert is_alarming(lately) is alarming


@pytest.mark.parametrize(
    ("lately", "told"),
    [
        pytest.param(tally(), State.OK, id="nobody came"),
        pytest.param(tally(unreachable=2), State.OK, id="two returns say nothing"),
        pytest.param(tally(unreachable=3), State.DOWN, id="three without an answer"),
        pytest.param(tally(1, 0, 9), State.DOWN, id="nine in ten"),
        pytest.param(tally(2, 0, 8), State.DEGRADED, id="eight in ten"),
        pytest.param(tally(7, 0, 3), State.DEGRADED, id="three in ten"),
        pytest.param(tally(8, 0, 2), State.OK, id="two in ten"),
        pytest.param(
            tally(1, 500, 0), State.OK, id="refusals, which anybody's browser can make up, say nothing"
        ),
    ],
)
def test_what_the_public_is_told(lately: Tally, told: State) -> None:
    assert state(lately) is told


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "since"),
    [
        pytest.param([], None, id="nobody came"),
        pytest.param([tally(5), tally(unreachable=5)], 1, id="one minute"),
        pytest.param(
            [tally(unreachable=5), tally(5), tally(1, 0, 2), tally(unreachable=1)],
            2,
            id="since the last good one",
        ),
        pytest.param([tally(unreachable=5), tally(5)], None, id="it is over"),
        pytest.param([tally(unreachable=1), tally(2, 0, 1)], 0, id="all of them"),
    ],
)
def test_since_when_it_goes_wrong(minutes: list[Tally], since: int | None) -> None:
    told = [(NOON + timedelta(minutes=number), each) for number, each in enumerate(minutes)]
    assert wrong_since(told) == (None if since is None else NOON + timedelta(minutes=since))


def test_each_outcome_has_its_column() -> None:
    for outcome in Outcome:
        assert tally().and_one(outcome) == tally(**{outcome.value: 1})
