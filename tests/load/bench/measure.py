"""One round: so many visitors at once walk a journey so many times; what it cost the server, how long each waited."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median, quantiles

from tests.load.bench import machine
from tests.load.bench.cast import Service
from tests.load.bench.journeys import JOURNEYS, Visitor
from tests.load.bench.servers import Running

SLICES = 100  # percentiles


@dataclass(frozen=True, slots=True)
class Case:
    journey: str
    algorithm: str
    concurrency: int

    def __str__(self) -> str:
        return f"{self.journey} {self.algorithm} ×{self.concurrency}"


@dataclass(frozen=True, slots=True)
class Round:
    cpu_ms: float  # of the server's tree, for one journey
    stores_cpu_ms: float  # of PostgreSQL and Redis, for one journey
    per_second: float
    durations: tuple[float, ...]  # seconds


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all rounds of a case: medians of what each cost, percentiles of what all waited."""

    cpu_ms: float
    stores_cpu_ms: float
    per_second_and_core: float
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Crowd:
    """The visitors of one server; they keep their sessions from one round to the next."""

    def __init__(self, running: Running, stores: Sequence[int]) -> None:
        self.running = running
        self._stores = stores  # process ids
        self._visitors: dict[str, list[Visitor]] = {}

    def walk(self, case: Case, times: int) -> Round:
        visitors = self._at_hand(Service(case.algorithm), case.concurrency)
        walks = self._made_ready(case, visitors, max(1, times // len(visitors)))
        began, cpu, stores = time.perf_counter(), self._cpu(), self._stores_cpu()
        durations = _all_at_once(walks)
        cpu, stores, elapsed = self._cpu() - cpu, self._stores_cpu() - stores, time.perf_counter() - began
        done = len(durations)
        return Round(1000 * cpu / done, 1000 * stores / done, done / elapsed, tuple(durations))

    def close(self) -> None:
        for visitor in (each for known in self._visitors.values() for each in known):
            visitor.caller.close()

    def _at_hand(self, service: Service, wanted: int) -> list[Visitor]:
        known = self._visitors.setdefault(service.algorithm, [])
        known += [Visitor(self.running.server, service) for _ in range(wanted - len(known))]
        return known[:wanted]

    def _made_ready(
        self, case: Case, visitors: list[Visitor], times: int
    ) -> list[list[Callable[[], object]]]:
        def ready(visitor: Visitor) -> list[Callable[[], object]]:
            visitor.be_ready()
            return list(JOURNEYS[case.journey](visitor, times))

        with ThreadPoolExecutor(len(visitors)) as hands:
            return list(hands.map(ready, visitors))

    def _cpu(self) -> float:
        return machine.cpu_seconds(self.running.pid)

    def _stores_cpu(self) -> float:
        return sum(map(machine.cpu_seconds, self._stores))


def _all_at_once(walks: list[list[Callable[[], object]]]) -> list[float]:
    """How long each walk lasted. Raises what one of them raised."""
    start = threading.Barrier(len(walks))

    def go(steps: list[Callable[[], object]]) -> list[float]:
        start.wait()
        durations = []
        for step in steps:
            began = time.perf_counter()
            step()
            durations.append(time.perf_counter() - began)
        return durations

    with ThreadPoolExecutor(len(walks)) as hands:
        return [duration for each in hands.map(go, walks) for duration in each]


def figures_of(rounds: Sequence[Round]) -> Figures:
    durations = [1000 * duration for each in rounds for duration in each.durations]
    cuts = quantiles(durations, n=SLICES) if len(durations) > 1 else durations * SLICES
    cpu_ms = median(each.cpu_ms for each in rounds)
    return Figures(
        cpu_ms=round(cpu_ms, 3),
        stores_cpu_ms=round(median(each.stores_cpu_ms for each in rounds), 3),
        per_second_and_core=round(1000 / cpu_ms, 1) if cpu_ms else 0.0,
        per_second=round(median(each.per_second for each in rounds), 1),
        p50_ms=round(cuts[49], 2),
        p95_ms=round(cuts[94], 2),
        p99_ms=round(cuts[98], 2),
    )
