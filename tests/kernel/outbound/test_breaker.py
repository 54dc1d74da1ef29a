"""F-15: a destination that keeps failing is left alone for 30 s, then tried with one call."""

from proconnect.kernel.outbound.breaker import FAILURES_TOLERATED, Breaker


def opened(at: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_TOLERATED):
        assert breaker.permits(at)
        breaker.failed(at)
    return breaker


def test_f15_it_opens_after_failures_in_a_row() -> None:
    assert not opened().permits(100.0)
    assert not opened().permits(129.9)


def test_a_success_starts_the_count_again() -> None:
    breaker = Breaker()
    for _ in range(3):
        for _ in range(FAILURES_TOLERATED - 1):
            breaker.failed(0.0)
        breaker.succeeded()
    assert breaker.permits(0.0)


def test_f15_after_its_rest_one_call_tries() -> None:
    breaker = opened()
    assert breaker.permits(130.0)
    assert not breaker.permits(130.0)
    assert not breaker.permits(500.0)


def test_f15_the_trial_closes_it() -> None:
    breaker = opened()
    assert breaker.permits(130.0)
    breaker.succeeded()
    assert breaker.permits(130.1)
    assert breaker.permits(130.1)


def test_f15_or_opens_it_again_at_its_first_failure() -> None:
    breaker = opened()
    assert breaker.permits(130.0)
    breaker.failed(131.0)
    assert not breaker.permits(160.9)
    assert breaker.permits(161.0)
