"""How often one journey asks the stores, counted on a server of its own that nobody hurries."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

from tests.load.bench.cast import Service
from tests.load.bench.counting import RedisMonitor, SqlCounter
from tests.load.bench.journeys import JOURNEYS, Visitor
from tests.load.bench.servers import Running

TIMES = (
    7  # the commonest count is the journey's; others saw the registry look at its version, every two seconds
)
QUIET = 0.05  # seconds for what was said to be heard


@dataclass(frozen=True, slots=True)
class Operations:
    sql: tuple[str, ...]
    redis: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.sql) + len(self.redis)


def of_each_journey(
    running: Running, service: Service, monitor: RedisMonitor, sql: SqlCounter | None = None
) -> dict[str, Operations]:
    visitor = Visitor(running.server, service)
    visitor.be_ready()
    names = [name for name in JOURNEYS if name != "J1" or running.server.provider_port]
    return {name: _commonest(name, visitor, monitor, sql) for name in names}


def _commonest(name: str, visitor: Visitor, monitor: RedisMonitor, sql: SqlCounter | None) -> Operations:
    walks = list(JOURNEYS[name](visitor, 2 * TIMES))
    for walk in walks[:TIMES]:  # both workers open their connections and read their registry
        walk()
    seen = [_during(walk, monitor, sql) for walk in walks[TIMES:]]
    usual = Counter(each.count for each in seen).most_common(1)[0][0]
    return next(each for each in seen if each.count == usual)


def _during(walk: Callable[[], object], monitor: RedisMonitor, sql: SqlCounter | None) -> Operations:
    sleep(QUIET)
    told, executed = len(monitor.told), len(sql.executed) if sql else 0
    walk()
    sleep(QUIET)
    return Operations(tuple(sql.executed[executed:]) if sql else (), tuple(monitor.told[told:]))
