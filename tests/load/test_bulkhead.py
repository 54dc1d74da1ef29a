"""R-22: of 20 FI one answers in 5 s; who signs in at the 19 others does not notice."""

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from statistics import median, quantiles

import httpx
import pytest

from tests.load.bench import cast, servers
from tests.load.bench.cast import Service
from tests.load.bench.journeys import Visitor
from tests.load.bench.servers import Running
from tests.load.bench.wire import Failed
from tests.mirrors.stack import own_database

pytestmark = [pytest.mark.load, pytest.mark.needs("redis-server")]

PROVIDERS = 20
SLOW = PROVIDERS - 1  # the last one
RUNS = 5
PER_SECOND = 5  # departures, whatever becomes of the previous ones
LASTING = 12  # seconds
TO_THE_SLOW_ONE = 3  # one departure in so many: as much waiting as the eight threads of the server can do
ANSWERS_IN = 4.8  # seconds: just under our own patience, so that no breaker opens and bulkheads stand alone
TOLERATED = (1.05, 0.010)  # times, or seconds more


@pytest.fixture(scope="module")
def running(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    suffix = os.environ.get("PYTEST_DB_SUFFIX", str(os.getpid()))
    var = tmp_path_factory.mktemp("bulkhead")
    with (
        own_database(os.environ["DATABASE_URL"], f"bulkhead_{suffix}") as url,
        servers.ours(var, url, redis_url, providers=PROVIDERS) as ours,
    ):
        yield ours


def order(running: Running, **faults: object) -> None:
    url = f"http://localhost:{running.server.provider_port}{cast.path_of(SLOW)}/control"
    httpx.post(url, json={"faults": faults}, timeout=10).raise_for_status()


def p95_of_the_others(running: Running, visitors: "SimpleQueue[Visitor]", seed: int) -> float:
    """Seconds, from the instant a person meant to leave. Nobody of another FI may fail."""
    draw = random.Random(seed)  # noqa: S311
    departures = [
        SLOW if number % TO_THE_SLOW_ONE == 0 else draw.randrange(SLOW)
        for number in range(PER_SECOND * LASTING)
    ]
    began = time.perf_counter()

    def go(number: int, provider: int) -> float | None:
        due = began + number / PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        visitor = visitors.get()
        visitor.email = f"agent.{number}@{cast.domain_of(provider)}"
        try:
            with suppress(*([Failed] if provider == SLOW else [])):
                visitor.sign_in()
        finally:
            visitors.put(visitor)
        return None if provider == SLOW else time.perf_counter() - due

    with ThreadPoolExecutor(len(departures)) as hands:
        waited = list(hands.map(go, range(len(departures)), departures))
    return quantiles([each for each in waited if each is not None], n=20)[-1]


@pytest.fixture
def visitors(running: Running) -> Iterator["SimpleQueue[Visitor]"]:
    at_hand: SimpleQueue[Visitor] = SimpleQueue()
    everybody = [Visitor(running.server, Service("ES256")) for _ in range(PER_SECOND * LASTING)]
    for visitor in everybody:
        at_hand.put(visitor)
    yield at_hand
    for visitor in everybody:
        visitor.caller.close()


def test_r22_a_slow_provider_is_not_noticed_by_the_people_of_the_others(
    running: Running, visitors: "SimpleQueue[Visitor]"
) -> None:
    p95_of_the_others(running, visitors, seed=0)  # warm
    alone, beside = [], []
    for run in range(RUNS):
        order(running)
        alone.append(p95_of_the_others(running, visitors, seed=run))
        order(running, trouble={"token": {"kind": "slow", "value": ANSWERS_IN}})
        beside.append(p95_of_the_others(running, visitors, seed=run))
    before, after = median(alone), median(beside)
    print(  # noqa: T201
        f"\np95 of the others: {before * 1000:.0f} ms, beside a slow one {after * 1000:.0f} ms"
        f" ({', '.join(f'{each * 1000:.0f}' for each in alone)} / {', '.join(f'{each * 1000:.0f}' for each in beside)})"
    )
    assert after <= max(before * TOLERATED[0], before + TOLERATED[1])
