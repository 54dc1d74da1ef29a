"""``python -m tests.load.bench``: what a journey costs our server, and the certified reference beside it."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

import django
import psycopg
import redis

from scripts.services import VAR, redis_if_found, throwaway_postgres
from tests.load.bench import machine, operations, report, servers
from tests.load.bench.cast import SERVICES
from tests.load.bench.counting import redis_monitor, sql_counter
from tests.load.bench.measure import Case, Crowd, Figures, Round, figures_of
from tests.load.bench.operations import Operations
from tests.load.bench.servers import NoReference, Running

PLACE = VAR / "bench"
CASES = (
    *(Case("J2", service.algorithm, concurrency) for concurrency in (4, 32) for service in SERVICES),
    *(Case("J3", service.algorithm, concurrency) for concurrency in (4, 32) for service in SERVICES),
    *(Case("J4", "ES256", concurrency) for concurrency in (4, 32)),
    *(Case("J1", "ES256", concurrency) for concurrency in (4, 32)),
)
TIMES = {"J1": 96, "J2": 320, "J3": 320, "J4": 960}  # in a round
WARM_UP = 320  # silent sign-ins: a compiler that learns has learnt


@dataclass(frozen=True, slots=True)
class Stores:
    database_url: str
    redis_url: str
    processes: Sequence[int]


def main() -> int:
    options = _options()
    PLACE.mkdir(parents=True, exist_ok=True)
    with _scratch() as var, _stores() as stores:
        counted = {"ours": _operations_of_ours(var, stores)}
        with ExitStack() as running:
            site = running.enter_context(servers.ours(var, stores.database_url, stores.redis_url))
            crowds = {"ours": Crowd(site, stores.processes)}
            if options.reference is not False and (
                theirs := _reference(var, stores, running, options.reference)
            ):
                crowds["reference"] = Crowd(theirs, stores.processes)
                with redis_monitor(stores.redis_url) as monitor:
                    counted["reference"] = operations.of_each_journey(theirs, SERVICES[0], monitor)
            table = _measured(
                crowds, [case for case in CASES if case.journey in options.journeys], options.rounds
            )
            memory = {
                name: round(machine.pss_mebibytes(crowd.running.pid), 1) for name, crowd in crowds.items()
            }
    return _told(table, memory, counted, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each case, for each server in turn")
    parser.add_argument(
        "--journeys", nargs="+", default=["J1", "J2", "J3", "J4"], choices=["J1", "J2", "J3", "J4"]
    )
    parser.add_argument(
        "--reference",
        action=argparse.BooleanOptionalAction,
        help="npm's oidc-provider in the same run (default: when node and npm are there)",
    )
    parser.add_argument("--compare", type=Path, help="the JSON of another time")
    parser.add_argument("--output", type=Path, help="where to write the JSON (default: var/bench)")
    return parser.parse_args()


# What is running


@contextmanager
def _scratch() -> Iterator[Path]:
    """Secrets, logs and sockets of this run."""
    var = Path(mkdtemp(prefix="pc-bench-", dir="/tmp"))
    var.chmod(0o711)
    try:
        yield var
    finally:
        shutil.rmtree(var, ignore_errors=True)


@contextmanager
def _stores() -> Iterator[Stores]:
    """Always our own, so that nothing else is counted; on the cores that the server leaves."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    _, other_cores = machine.cores()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, other_cores)
    try:
        with throwaway_postgres() as database_url, redis_if_found() as redis_url:
            if redis_url is None:
                raise SystemExit("bench: redis-server is missing: apt-get install redis-server")
            yield Stores(database_url, redis_url, _processes(database_url, redis_url))
    finally:
        os.sched_setaffinity(0, before)


def _processes(database_url: str, redis_url: str) -> tuple[int, int]:
    with psycopg.connect(database_url) as connection:
        postgres = machine.parent(connection.info.backend_pid)
    answered = redis.Redis(unix_socket_path=urlsplit(redis_url).path).info("server")
    return postgres, int(answered["process_id"])


def _operations_of_ours(var: Path, stores: Stores) -> dict[str, Operations]:
    with (
        sql_counter(stores.database_url, var) as (sql, database_url),
        servers.ours(var, database_url, stores.redis_url, name="counted") as running,
        redis_monitor(stores.redis_url) as monitor,
    ):
        return operations.of_each_journey(running, SERVICES[0], monitor, sql)


def _reference(var: Path, stores: Stores, running: ExitStack, wanted: bool | None) -> Running | None:
    try:
        return running.enter_context(servers.reference(PLACE, var / "log", stores.redis_url))
    except NoReference as absent:
        if wanted:
            raise SystemExit(f"bench: no reference: {absent}") from None
        _say(f"bench: without reference: {absent}")
        return None


# What is measured


def _measured(
    crowds: Mapping[str, Crowd], cases: Sequence[Case], rounds: int
) -> dict[str, dict[Case, Figures]]:
    """The servers take turns, round after round: what disturbs the machine disturbs each."""
    for crowd in crowds.values():
        for service in SERVICES:
            crowd.walk(Case("J2", service.algorithm, 4), WARM_UP)
            crowd.walk(Case("J4", service.algorithm, 4), WARM_UP)
    seen: dict[str, dict[Case, list[Round]]] = {name: {} for name in crowds}
    for number in range(rounds):
        for case in cases:
            for name, crowd in crowds.items():
                if case.journey != "J1" or crowd.running.server.provider_port:
                    seen[name].setdefault(case, []).append(crowd.walk(case, TIMES[case.journey]))
        _say(f"bench: round {number + 1} of {rounds}")
    return {
        name: {case: figures_of(each) for case, each in by_case.items()} for name, by_case in seen.items()
    }


# What is told


def _told(
    table: report.Table,
    memory: Mapping[str, float],
    counted: Mapping[str, Mapping[str, Operations]],
    options: argparse.Namespace,
) -> int:
    judged = list(report.verdicts(table, memory, counted))
    at = datetime.now(UTC)
    facts = {"at": at.isoformat(timespec="seconds"), "rounds": options.rounds, "versions": _versions(table)}
    content = report.as_json(table, memory, counted, facts, judged)
    output = options.output or PLACE / f"{at:%Y%m%dT%H%M%SZ}.json"
    output.write_text(json.dumps(content, indent=1) + "\n")
    for line in [*report.lines(table, memory, counted), "", *map(str, judged), f"\n{output}"]:
        _say(line)
    if options.compare:
        for line in report.differences(content, json.loads(options.compare.read_text())):
            _say(line)
    return 0 if all(each.holds for each in judged) else 1


def _versions(table: report.Table) -> dict[str, str]:
    versions = {"python": sys.version.split()[0], "django": django.get_version()}
    if "reference" in table:
        versions["reference"] = servers.version_of_reference(PLACE)
    return versions


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
