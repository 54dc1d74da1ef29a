"""What was measured, as JSON to keep and as lines to read; what must hold of it; what changed since another time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.load.bench.measure import Case, Figures
from tests.load.bench.operations import Operations

Table = Mapping[str, Mapping[Case, Figures]]  # by server


@dataclass(frozen=True, slots=True)
class Threshold:
    """Our CPU for a journey, against the reference's."""

    case: Case
    at_most: float


THRESHOLDS = (
    Threshold(Case("J2", "RS256", 4), 0.8),
    Threshold(Case("J2", "ES256", 4), 0.5),
    Threshold(Case("J2", "RS256", 32), 1.0),
    Threshold(Case("J2", "ES256", 32), 0.8),
    Threshold(Case("J3", "RS256", 4), 0.7),
    Threshold(Case("J3", "ES256", 4), 0.7),
    Threshold(Case("J4", "ES256", 4), 1.0),
)
MOST_MEMORY = 150  # MiB
MOST_OPERATIONS = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    what: str
    measured: float
    at_most: float

    @property
    def holds(self) -> bool:
        return self.measured <= self.at_most

    def __str__(self) -> str:
        return f"{'ok ' if self.holds else 'NOT'}  {self.what:44} {self.measured:8.2f}   at most {self.at_most:g}"


def verdicts(
    table: Table, memory: Mapping[str, float], operations: Mapping[str, Mapping[str, Operations]]
) -> Iterator[Verdict]:
    ours, theirs = table["ours"], table.get("reference", {})
    for threshold in THRESHOLDS:
        if threshold.case in ours and threshold.case in theirs:
            ratio = ours[threshold.case].cpu_ms / theirs[threshold.case].cpu_ms
            yield Verdict(f"{threshold.case}: CPU against the reference", ratio, threshold.at_most)
    yield Verdict("memory of two workers, MiB", memory["ours"], MOST_MEMORY)
    yield Verdict("store operations of a silent sign-in", operations["ours"]["J2"].count, MOST_OPERATIONS)


# To keep


def as_json(
    table: Table,
    memory: Mapping[str, float],
    operations: Mapping[str, Mapping[str, Operations]],
    facts: Mapping[str, Any],
    judged: Iterable[Verdict],
) -> dict[str, Any]:
    return {
        **facts,
        "cases": [
            {"server": server, **asdict(case), **asdict(figures)}
            for server, cases in table.items()
            for case, figures in cases.items()
        ],
        "memory_mib": dict(memory),
        "operations": {
            server: {name: {"sql": each.sql, "redis": each.redis} for name, each in journeys.items()}
            for server, journeys in operations.items()
        },
        "verdicts": [asdict(each) | {"holds": each.holds} for each in judged],
    }


# To read


def lines(
    table: Table, memory: Mapping[str, float], operations: Mapping[str, Mapping[str, Operations]]
) -> Iterator[str]:
    heading = (
        f"{'':26}{'CPU ms':>9}{'stores':>9}{'/s·core':>9}{'/s':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'ratio':>8}"
    )
    yield heading
    for server, cases in table.items():
        for case, each in cases.items():
            against = table.get("reference", {}).get(case) if server == "ours" else None
            ratio = f"{each.cpu_ms / against.cpu_ms:8.2f}" if against else ""
            yield (
                f"{server:10}{case!s:16}{each.cpu_ms:9.2f}{each.stores_cpu_ms:9.2f}{each.per_second_and_core:9.0f}"
                f"{each.per_second:8.0f}{each.p50_ms:8.1f}{each.p95_ms:8.1f}{each.p99_ms:8.1f}{ratio}"
            )
    for server, journeys in operations.items():
        for name, asked in journeys.items():
            yield f"{server:10}{name}: {len(asked.sql)} SQL, {len(asked.redis)} Redis"
    for server, mebibytes in memory.items():
        yield f"{server:10}memory: {mebibytes:.0f} MiB"


def differences(now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    """Of our own cases that both files hold."""
    kept = {_key(case): case for case in before["cases"] if case["server"] == "ours"}
    for case in now["cases"]:
        previous = kept.get(_key(case)) if case["server"] == "ours" else None
        if previous:
            yield (
                f"{_name(case):16} CPU {_change(previous['cpu_ms'], case['cpu_ms'])}"
                f"   p95 {_change(previous['p95_ms'], case['p95_ms'])}"
            )
    yield f"{'memory':16} MiB {_change(before['memory_mib']['ours'], now['memory_mib']['ours'])}"


def _key(case: Mapping[str, Any]) -> tuple[Any, ...]:
    return case["journey"], case["algorithm"], case["concurrency"]


def _name(case: Mapping[str, Any]) -> str:
    return str(Case(case["journey"], case["algorithm"], case["concurrency"]))


def _change(before: float, now: float) -> str:
    part = f"{100 * (now / before - 1):+.0f} %" if before else "new"
    return f"{before:7.2f} → {now:7.2f} ({part})"
