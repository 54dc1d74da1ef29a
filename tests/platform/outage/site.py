import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from scripts.services import (
    FORGETFUL,
    ROOT,
    Cluster,
    _give,
    _newest_programs,
    _private_directory,
    _service_account,
)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    text: str
    seconds: float


@dataclass
class Site:
    cluster: Cluster
    sockets: Path
    port: int
    environment: dict[str, str]
    log: Path
    server: "subprocess.Popen[bytes] | None" = field(default=None)

    def get(self, path: str, **headers: str) -> Reply:
        began = monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": "localhost", **headers})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return Reply(response.status, dict(response.getheaders()), text, monotonic() - began)

    def start(self) -> None:
        configuration = "python:tests.platform.outage.gunicorn_for_tests"
        command = [sys.executable, "-m", "gunicorn", "-c", configuration, "-b", f"127.0.0.1:{self.port}"]
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        within(15, self._answers)

    def stop(self) -> None:
        if self.server:
            self.server.terminate()
            self.server.wait(30)

    def workers(self) -> list[int]:
        assert self.server
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def kill_a_worker(self) -> None:
        os.kill(self.workers()[0], signal.SIGKILL)

    def stop_database(self) -> None:
        self.cluster.stop()

    def start_database(self) -> None:
        self.cluster.start(self.sockets)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _answers(self) -> bool:
        try:
            return self.get("/livez").status == 200
        except OSError:
            return False


def within(seconds: float, holds: "object") -> float:
    """How long it took. Fails when it never happens."""
    began = monotonic()
    while not holds():  # type: ignore[operator]
        assert monotonic() - began < seconds, f"not within {seconds} s"
        sleep(0.1)
    return monotonic() - began


@contextmanager
def database_alone() -> Iterator[Site]:
    """Migrated, with nothing served."""
    account = _service_account()
    home = _private_directory(account)
    sockets = home / "sockets"  # a stopped cluster removes the directory of its socket only when made for it
    sockets.mkdir(mode=0o700)
    _give(sockets, account)
    cluster = Cluster(home / "data", _newest_programs(account), account, FORGETFUL)
    with TemporaryDirectory() as logs:
        environment = {
            **os.environ,
            "DATABASE_URL": cluster.start(sockets),
            "DJANGO_SETTINGS_MODULE": "tests.platform.outage.settings",
            "REDIS_URL": "",
        }
        site = Site(cluster, sockets, _free_port(), environment, Path(logs) / "server.log")
        try:
            site.manage("migrate", "-v0")
            yield site
        finally:
            cluster.stop()
            shutil.rmtree(home)


@contextmanager
def served_site() -> Iterator[Site]:
    with database_alone() as site:
        site.start()
        try:
            yield site
        finally:
            site.stop()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
