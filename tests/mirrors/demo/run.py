"""``make demo``: starts everything, says when it is ready, and leaves nothing behind.

``DEMO_PORT`` moves the site and the mirrors around it. State lives in var/.
"""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from scripts.services import local_postgres, redis_if_found
from tests.mirrors import foreign_sites
from tests.mirrors.demo import cast
from tests.mirrors.demo.kept import Kept
from tests.mirrors.foreign_sites import Places
from tests.mirrors.processes import Child, NotReady, gunicorn, port_is_free, stop, wait_until_ready, watch

DEFAULT_PORT = 8000
VAR = Path(__file__).resolve().parents[3] / "var"
LOGS = VAR / "log"
PLACES = Places(state=VAR / "mirrors", log=LOGS)


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
        environment = {
            "DATABASE_URL": services.enter_context(local_postgres()),
            "REDIS_URL": services.enter_context(redis_if_found()) or "",
            "BROKER_URL": "",  # the outbox is drained by a child of ours, not by Celery
            "SITE_URL": f"http://localhost:{ports.site}",
            "DJANGO_SETTINGS_MODULE": "proconnect.settings.demo",
        }
        services.callback(stop, children)
        prepare(ports, environment, children)
        start(children, site(ports, environment) + mirrors(ports, Kept(VAR / "mirrors" / "secrets.json")))
        say(f"ProConnect is ready: http://localhost:{ports.site}")
        watch(children, say)


def refuse_taken_ports(ports: cast.Ports) -> None:
    """Raises NotReady: better one line now than a child that fails in its log."""
    listening = {name: port for name, port in asdict(ports).items() if name != "bare"}
    taken = [str(port) for port in listening.values() if not port_is_free(port)]
    if taken:
        raise NotReady(
            f"port {', '.join(taken)} is taken; stop what uses it, or choose another: DEMO_PORT=9000 make demo"
        )


def prepare(ports: cast.Ports, environment: Mapping[str, str], children: list[Child]) -> None:
    """Migrates, seeds and collects static files, in a process that is gone before the site starts."""
    preparation = Child(
        name="preparation",
        command=[sys.executable, "-m", "tests.mirrors.demo.seed", str(ports.site)],
        log=LOGS / "preparation.log",
        environment=environment,
    )
    preparation.log.unlink(missing_ok=True)
    children.append(preparation)
    preparation.start()
    assert preparation.process is not None
    if preparation.process.wait():
        raise NotReady(f"preparation failed: {preparation.last_line()} (see {_shown(preparation.log)})")
    children.remove(preparation)


def site(ports: cast.Ports, environment: Mapping[str, str]) -> list[Child]:
    return [
        Child(
            name="site",
            command=gunicorn("proconnect.wsgi:application", ports.site, workers=2),
            log=LOGS / "site.log",
            environment=environment,
            ready_at=f"http://localhost:{ports.site}/readyz",
        ),
        Child(
            name="outbox",
            command=[sys.executable, "manage.py", "outbox", "drain", "--forever"],
            log=LOGS / "outbox.log",
            environment=environment,
        ),
    ]


def mirrors(ports: cast.Ports, kept: Kept) -> list[Child]:
    issuer = f"http://localhost:{ports.site}/api/v2"
    everybody, agents, _ = cast.services(ports)
    return [
        foreign_sites.provider("provider", ports.provider, cast.issuers(ports, kept.secret), PLACES),
        *(
            foreign_sites.service(service.client_id, cast.configuration(service, issuer, kept.secret), PLACES)
            for service in (everybody, agents)
        ),
    ]


def start(children: list[Child], more: list[Child]) -> None:
    for child in more:
        child.log.unlink(missing_ok=True)
        children.append(child)
        child.start()
    wait_until_ready(more, patience=90)


def _shown(path: Path) -> Path:
    return path.relative_to(VAR.parent)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
