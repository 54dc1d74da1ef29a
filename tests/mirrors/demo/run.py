"""``make demo``: starts everything, says when it is ready, and leaves nothing behind.

``DEMO_PORT`` moves the site and the mirrors around it. State lives in var/.
"""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from scripts.services import local_postgres, redis_if_found
from tests.mirrors.demo import cast
from tests.mirrors.installation import Installation, run_to_its_end
from tests.mirrors.processes import Child, NotReady, port_is_free, stop, wait_until_ready, watch

DEFAULT_PORT = 8000
VAR = Path(__file__).resolve().parents[3] / "var"


class Stopped(BaseException):
    """Somebody asked the demo to stop."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _asked_to_stop)
    try:
        run(cast.Ports.from_base(_base_port()))
    except Stopped:
        return 0
    except NotReady as problem:
        say(f"demo: {problem}")
    return 1


def _asked_to_stop(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def _base_port() -> int:
    given = os.environ.get("DEMO_PORT", "") or str(DEFAULT_PORT)
    if not given.isdigit() or not 1024 <= int(given) <= 65531:
        raise NotReady(f"DEMO_PORT is a number from 1024 to 65531, not {given!r}")
    return int(given)


def run(ports: cast.Ports) -> None:
    refuse_taken_ports(ports)
    children: list[Child] = []
    with ExitStack() as services:
        database = services.enter_context(local_postgres())
        redis = services.enter_context(redis_if_found())
        services.callback(stop, children)
        demo = Installation(ports, VAR, {"DATABASE_URL": database, "REDIS_URL": redis or ""})
        prepare(demo, children)
        start([demo.site(), demo.outbox(), *demo.mirrors()], children)
        say(f"ProConnect is ready: {demo.site_url}")
        watch(children, say)


def refuse_taken_ports(ports: cast.Ports) -> None:
    """Raises NotReady: better one line now than a child that fails in its log."""
    taken = [str(port) for port in ports.of_the_demo if not port_is_free(port)]
    if taken:
        advice = "stop what uses it, or choose another: DEMO_PORT=9000 make demo"
        raise NotReady(f"port {', '.join(taken)} is taken; {advice}")


def prepare(demo: Installation, children: list[Child]) -> None:
    preparation = demo.preparation()
    preparation.log.unlink(missing_ok=True)
    children.append(preparation)
    run_to_its_end(preparation)
    children.remove(preparation)


def start(more: list[Child], children: list[Child]) -> None:
    for child in more:
        child.log.unlink(missing_ok=True)
        children.append(child)
        child.start()
    wait_until_ready(more, patience=90)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
