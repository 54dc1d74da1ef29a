"""The bench's own code, once through: each journey at our server, what it asks of the stores, what is told of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from time import monotonic, sleep

import pytest

from tests.load.bench import machine, report, servers
from tests.load.bench.counting import Spoken
from tests.load.bench.journeys import JOURNEYS
from tests.load.bench.measure import Case, Crowd, Figures, Round, figures_of
from tests.load.bench.operations import Operations
from tests.load.bench.servers import Running
from tests.mirrors.stack import own_database

pytestmark = [pytest.mark.e2e, pytest.mark.needs("redis-server")]


@pytest.fixture(scope="module")
def running(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    suffix = os.environ.get("PYTEST_DB_SUFFIX", str(os.getpid()))
    var = tmp_path_factory.mktemp("bench")
    with (
        own_database(os.environ["DATABASE_URL"], f"bench_{suffix}") as url,
        servers.ours(var, url, redis_url) as ours,
    ):
        yield ours


@pytest.mark.parametrize("journey", JOURNEYS)
def test_each_journey_is_walked(running: Running, journey: str) -> None:
    with closing(Crowd(running, stores=())) as crowd:
        seen = crowd.walk(Case(journey, "ES256", 1), 1)
    assert len(seen.durations) == 1
    assert machine.pss_mebibytes(running.pid) > 0


def test_s169_the_server_says_neither_its_name_nor_its_version(running: Running) -> None:
    with closing(running.server.caller("198.18.0.1")) as caller:
        for path in (running.server.paths.jwks, "/livez", "/nowhere"):
            assert [value for name, value in caller.get(path).headers if name == "server"] == ["ProConnect"]


def test_s174_a_head_that_comes_too_large_is_refused(running: Running) -> None:
    with closing(running.server.caller("198.18.0.1")) as caller:
        for head in (f"X-Long: {'a' * 17_000}\r\n", "".join(f"X-{number}: a\r\n" for number in range(101))):
            assert caller.get("/livez", head).status in {400, 414, 431}
            caller.close()


def test_f01_a_killed_worker_is_replaced_while_the_other_serves(running: Running) -> None:
    before = set(machine.tree(running.pid))
    os.kill(max(before), signal.SIGKILL)
    deadline = monotonic() + 15
    while len(set(machine.tree(running.pid)) - before) == 0:
        assert monotonic() < deadline
        sleep(0.1)
    with closing(running.server.caller("198.18.0.1")) as caller:
        assert caller.get("/livez").status == 200


def test_a_journey_costs_the_median_of_its_rounds() -> None:
    rounds = [Round(cost, 0.5, 100, (0.001, 0.003)) for cost in (1.0, 9.0, 2.0)]
    figures = figures_of(rounds)
    assert (figures.cpu_ms, figures.per_second_and_core) == (2.0, 500.0)


def test_statements_are_counted_when_they_are_executed_not_when_they_are_prepared() -> None:
    executed: list[str] = []
    spoken = Spoken(executed)
    start_up = (8).to_bytes(4) + (196608).to_bytes(4)
    spoken.hear(start_up + message(b"P", b"one\0SELECT 1\0\0\0") + message(b"B", b"\0one\0\0\0\0\0\0\0"))
    assert executed == []
    spoken.hear(message(b"E", b"\0\0\0\0\0") + message(b"Q", b"SELECT 2\0")[:4])
    spoken.hear(message(b"Q", b"SELECT 2\0")[4:])
    assert executed == ["SELECT 1", "SELECT 2"]


def test_a_threshold_says_whether_it_holds() -> None:
    case = Case("J2", "ES256", 4)
    ours, theirs = (Figures(cpu, 0, 0, 0, 0, 0, 0) for cpu in (1.0, 4.0))
    counted = {"ours": {"J2": Operations(("SELECT",) * 5, ("GET",) * 4)}}
    told = list(
        report.verdicts({"ours": {case: ours}, "reference": {case: theirs}}, {"ours": 100.0}, counted)
    )
    assert [(each.measured, each.holds) for each in told] == [(0.25, True), (100.0, True), (9, False)]


def test_two_runs_are_compared_case_by_case() -> None:
    def run(cpu: float) -> dict[str, object]:
        figures = Figures(cpu, 0, 0, 0, 0, 10.0, 0)
        return report.as_json({"ours": {Case("J2", "ES256", 4): figures}}, {"ours": 100.0}, {}, {}, [])

    journey, memory = report.differences(run(3.0), run(2.0))
    assert "J2 ES256 ×4" in journey and "+50 %" in journey
    assert "+0 %" in memory


def message(kind: bytes, content: bytes) -> bytes:
    return kind + (len(content) + 4).to_bytes(4) + content
