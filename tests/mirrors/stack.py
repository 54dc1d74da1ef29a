"""The whole installation for tests that need it: real processes, real sockets, a database of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest

from tests.mirrors.browser import Browser
from tests.mirrors.demo import cast
from tests.mirrors.demo.mails import Mail, mails_in
from tests.mirrors.installation import Installation, run_to_its_end
from tests.mirrors.processes import Child, free_port, stop, wait_until_ready


class Stack:
    """A running installation, and the hands a test needs on it."""

    def __init__(self, installation: Installation, children: list[Child], told: dict[str, Any]) -> None:
        self.children = {child.name: child for child in children}
        self.told = told  # what var/demo.json says
        self.site = installation.site_url
        self.issuer = installation.issuer
        self.everybody, self.agents, self.bare = (
            service.url for service in cast.services(installation.ports)
        )
        self.ministry = f"http://localhost:{installation.ports.provider}"
        self.agency = f"{self.ministry}/agence"
        self._installation = installation

    @contextmanager
    def browser(self) -> Iterator[Browser]:
        with Browser() as browser:
            yield browser

    def account(self, email: str) -> dict[str, Any]:
        return next(each for each in self.told["accounts"] if each["email"] == email)

    def client(self, client_id: str) -> dict[str, Any]:
        return next(each for each in self.told["clients"] if each["client_id"] == client_id)

    def order(self, issuer: str, **order: Any) -> None:
        """Has the demo FI misbehave; see ``tests.mirrors.provider.faults``."""
        httpx.post(f"{issuer}/control", json=order).raise_for_status()

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._installation.services["DATABASE_URL"], autocommit=True)

    def mails(self, recipient: str) -> list[Mail]:
        return [each for each in mails_in(self._installation.var / "mail") if recipient in each.recipients]

    def wait_for_mail(self, recipient: str, *, after: int = 0, patience: float = 15) -> Mail:
        """The newest mail to someone, once they have received more than ``after``."""
        deadline = time.monotonic() + patience
        while len(found := self.mails(recipient)) <= after:
            if time.monotonic() > deadline:
                raise AssertionError(f"no mail for {recipient}: {self.log('outbox')[-2000:]}")
            time.sleep(0.05)
        return found[0]

    def wait_for_code(self, recipient: str, *, after: int = 0) -> str:
        """The ten digits of the newest mail, without the spaces that help reading."""
        text = self.wait_for_mail(recipient, after=after).text
        found = re.search(r"\b\d(?:[ \u00a0\u202f]?\d){9}\b", text)
        assert found, text
        return re.sub(r"\D", "", found[0])

    def manage(self, *words: str) -> str:
        """What a command of ours prints, run beside the site."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command,
            env={**os.environ, **self._installation.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def kill_workers(self) -> None:
        """kill -9 of every web worker; the server starts others."""
        master = self.children["site"].pid
        for worker in Path(f"/proc/{master}/task/{master}/children").read_text().split():
            os.kill(int(worker), signal.SIGKILL)

    def log(self, name: str) -> str:
        return self.children[name].log.read_text(errors="replace")


@contextmanager
def running_stack(var: Path, database_url: str, redis_url: str = "") -> Iterator[Stack]:
    """Every child is gone at the end; the database is the caller's."""
    ports = cast.Ports(*(free_port() for _ in cast.Ports._fields))
    installation = Installation(ports, var, {"DATABASE_URL": database_url, "REDIS_URL": redis_url})
    run_to_its_end(installation.preparation())
    children = [
        installation.site(),
        installation.outbox(),
        *installation.mirrors(),
        installation.bare_client(),
    ]
    try:
        for child in children:
            child.start()
        wait_until_ready(children, patience=90)
        yield Stack(installation, children, _told(var))
    finally:
        stop(children)


def _told(var: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((var / "demo.json").read_text())
    return told


@contextmanager
def own_database(server_url: str, name: str) -> Iterator[str]:
    parts = urlsplit(server_url)
    url = urlunsplit(parts._replace(path=f"/{name}"))
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield url
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Shared by the tests of a run, each with its own browser and people. Without Redis: PostgreSQL alone."""
    suffix = os.environ.get("PYTEST_DB_SUFFIX", str(os.getpid()))
    with (
        own_database(os.environ["DATABASE_URL"], f"stack_{suffix}") as database_url,
        running_stack(tmp_path_factory.mktemp("stack"), database_url) as stack,
    ):
        yield stack
