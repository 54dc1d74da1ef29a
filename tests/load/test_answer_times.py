"""Nothing that is sent to the endpoints of the OP, right or wrong, is answered in more than a second."""

import pytest

from tests.e2e.fuzzing import NAMES, Answer, Endpoint, fuzz
from tests.mirrors.stack import Stack

pytestmark = pytest.mark.load


@pytest.mark.parametrize("name", NAMES)
def test_no_request_takes_more_than_a_second(stack: Stack, name: str) -> None:
    slowest = 0.0

    def judge(answer: Answer, endpoint: Endpoint) -> None:
        nonlocal slowest
        slowest = max(slowest, answer.seconds)
        assert answer.seconds <= 1

    fuzz(stack, name, judge)
    print(f"\n{name}: {slowest * 1000:.0f} ms at most")  # noqa: T201
