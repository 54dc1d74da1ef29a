"""F-16, R-22: what a destination may hold of a process, slow or quick, alone or among other slow ones."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from proconnect.kernel.outbound import Resting, bulkhead
from proconnect.kernel.outbound.breaker import FAILURES_TOLERATED
from proconnect.kernel.outbound.bulkhead import Bulkheads, Held, Turn, turn


def slow(here: int, all_slow: int = 0) -> Held:
    return Held(here=here, by_the_slow=max(here, all_slow), is_slow=True)


def quick(here: int, all_slow: int = 0) -> Held:
    return Held(here=here, by_the_slow=all_slow, is_slow=False)


@pytest.mark.parametrize(
    ("held", "threads", "due"),
    [
        pytest.param(quick(0), 4, Turn.NOW, id="nobody there"),
        pytest.param(quick(2), 4, Turn.NOW, id="a quick one takes three threads of four"),
        pytest.param(quick(3), 4, Turn.SOON, id="and is waited for beyond"),
        pytest.param(quick(0, all_slow=2), 4, Turn.NOW, id="a quick one does not pay for the slow ones"),
        pytest.param(slow(0), 4, Turn.NOW, id="a slow one is still served"),
        pytest.param(slow(1), 4, Turn.NOT_NOW, id="by one thread of four"),
        pytest.param(slow(0, all_slow=1), 4, Turn.NOW, id="two slow ones have one each"),
        pytest.param(slow(0, all_slow=2), 4, Turn.NOT_NOW, id="half of the threads are never theirs"),
        pytest.param(slow(1), 8, Turn.NOW, id="twice the threads, twice the turns"),
        pytest.param(quick(0), 1, Turn.NOW, id="one thread: a quick one"),
        pytest.param(slow(0), 1, Turn.NOW, id="one thread: a slow one"),
        pytest.param(slow(1), 1, Turn.NOT_NOW, id="one thread: two slow ones"),
    ],
)
def test_f16_whose_turn_it_is(held: Held, threads: int, due: Turn) -> None:
    assert turn(held, threads) is due


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bulkhead, "monotonic", clock)
    return clock


@pytest.fixture
def enter() -> Iterator[Callable[..., Any]]:
    """Enters a passage as another thread would, and stays in it until the test ends or leaves it."""
    with ExitStack() as stack:

        def entered(bulkheads: Bulkheads, name: str) -> ExitStack:
            inside = ExitStack()
            began = bulkheads._enter(name, name)
            passage = bulkhead.Passage(name)
            inside.callback(lambda: bulkheads._leave(bulkheads._destinations[name], began, passage))
            return stack.enter_context(inside)

        yield entered


def test_f16_one_that_was_slow_has_one_thread_until_it_was_quick_for_a_while(
    clock: Clock, enter: Callable[..., Any]
) -> None:
    bulkheads = Bulkheads(threads=4)
    with bulkheads.passage("slow"):
        clock.now += 5
    enter(bulkheads, "slow")
    with pytest.raises(Resting, match="too many calls"):
        enter(bulkheads, "slow")
    clock.now += 31
    with pytest.raises(Resting):  # the one that is still there is itself a slow one
        enter(bulkheads, "slow")
    enter(bulkheads, "quick")


def test_f16_slowness_is_forgotten(clock: Clock, enter: Callable[..., Any]) -> None:
    bulkheads = Bulkheads(threads=4)
    with bulkheads.passage("fi"):
        clock.now += 5
    clock.now += 31
    for _ in range(3):
        enter(bulkheads, "fi")


def test_f16_who_holds_threads_for_long_gets_no_other(clock: Clock, enter: Callable[..., Any]) -> None:
    bulkheads = Bulkheads(threads=4)
    enter(bulkheads, "fi")
    clock.now += 3
    with pytest.raises(Resting):
        enter(bulkheads, "fi")


def test_a_thread_given_back_is_the_next_ones() -> None:
    bulkheads = Bulkheads(threads=1)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with bulkheads.passage("fi"):
            entered.set()
            leave.wait(5)

    first = threading.Thread(target=hold)
    first.start()
    entered.wait(5)
    threading.Timer(0.1, leave.set).start()
    with bulkheads.passage("fi"):
        pass
    first.join()


def test_a_passage_within_a_passage_holds_one_thread(clock: Clock) -> None:
    bulkheads = Bulkheads(threads=1)
    with bulkheads.passage("fi") as outer, bulkheads.passage("fi") as inner:
        assert outer is inner
    with bulkheads.passage("fi"), bulkheads.passage("other"):
        pass


def fail(bulkheads: Bulkheads, *, answered_before: bool = False) -> None:
    with bulkheads.passage("fi") as passage:
        if answered_before:
            passage.answered()
        passage.failed()


def test_f15_a_passage_counts_once_and_by_its_failure(clock: Clock) -> None:
    """A FI whose keys answer and whose userinfo does not is a FI that fails."""
    bulkheads = Bulkheads(threads=4)
    for _ in range(FAILURES_TOLERATED):
        fail(bulkheads, answered_before=True)
    with pytest.raises(Resting, match="failed too often"):
        fail(bulkheads)


def test_f15_half_open_after_thirty_seconds(clock: Clock, enter: Callable[..., Any]) -> None:
    bulkheads = Bulkheads(threads=4)
    for _ in range(FAILURES_TOLERATED):
        fail(bulkheads)
    clock.now += 30
    trial = enter(bulkheads, "fi")
    with pytest.raises(Resting):
        enter(bulkheads, "fi")
    trial.close()  # without a call: it says nothing of the FI
    with bulkheads.passage("fi") as passage:
        passage.answered()
    enter(bulkheads, "fi")
    enter(bulkheads, "fi")
