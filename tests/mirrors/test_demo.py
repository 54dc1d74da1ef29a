"""``make demo`` from its first line to its last: ready, watched, gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.mirrors.processes import ROOT, free_port, port_is_free
from tests.mirrors.stack import own_database

pytestmark = pytest.mark.e2e

RUN_IN = """
import sys
from pathlib import Path
from tests.mirrors.demo import run
run.VAR = Path(sys.argv[1])
sys.exit(run.main())
"""
MARK = "DEMO_OF_THIS_TEST"


def free_base() -> int:
    """Five ports in a row."""
    while True:
        base = free_port()
        if base < 65000 and all(port_is_free(base + rank) for rank in range(5)):
            return base


def marked_processes(mark: str) -> list[int]:
    """Whatever descends from the demo carries its mark in its environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


class Demo:
    def __init__(self, var: Path, base: int, database_url: str) -> None:
        self.base = base
        self.mark = uuid4().hex
        variables = {"DEMO_PORT": str(base), "DATABASE_URL": database_url, "REDIS_URL": "", MARK: self.mark}
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN_IN, str(var)],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def demo(var: Path, base: int) -> Iterator[Demo]:
    with own_database(os.environ["DATABASE_URL"], f"demo_{os.getpid()}_{base}") as database_url:
        running = Demo(var, base, database_url)
        try:
            yield running
        finally:
            running.process.kill()
            running.process.communicate()
            deadline = time.monotonic() + 10
            while marked_processes(running.mark) and time.monotonic() < deadline:
                time.sleep(0.1)


def test_the_demo_gets_ready_mends_itself_and_leaves_nothing(tmp_path):
    with demo(tmp_path, free_base()) as running:
        assert running.next_line() == f"ProConnect is ready: http://localhost:{running.base}"
        for rank in range(4):
            assert httpx.get(f"http://localhost:{running.base + rank}/").status_code == 200
        assert httpx.get(f"http://localhost:{running.base}/demo/mails/").status_code == 200

        told = json.loads((tmp_path / "demo.json").read_text())
        assert set(told) == {"issuer", "mail_dir", "clients", "providers", "accounts", "staff"}
        assert told["issuer"] == f"http://localhost:{running.base}/api/v2"
        assert {"client_id", "client_secret", "redirect_uris"} <= set(told["clients"][0])
        assert {"email", "password", "given_name", "usual_name", "sirets"} <= set(told["accounts"][0])
        assert {"email", "password", "totp_secret", "roles"} <= set(told["staff"][0])

        (provider,) = [pid for pid in marked_processes(running.mark) if _runs(pid, "tests.mirrors.provider")]
        os.kill(provider, signal.SIGKILL)
        assert running.next_line().startswith("provider stopped")

        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
        assert marked_processes(running.mark) == []


def _runs(pid: int, module: str) -> bool:
    return module in Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def test_a_demo_killed_outright_takes_its_children_with_it(tmp_path):
    with demo(tmp_path, free_base()) as running:
        assert "is ready" in running.next_line()
        running.process.kill()
        deadline = time.monotonic() + 20
        while marked_processes(running.mark) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert marked_processes(running.mark) == []


def test_a_taken_port_is_told_in_one_line(tmp_path):
    base = free_base()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 2))
        taken.listen()
        with demo(tmp_path, base) as running:
            said, _ = running.process.communicate(timeout=30)
    assert running.process.returncode == 1
    assert said.splitlines() == [
        f"demo: port {base + 2} is taken; stop what uses it, or choose another: DEMO_PORT=9000 make demo"
    ]


@pytest.mark.parametrize("wrong", ["abc", "80", "70000"])
def test_a_wrong_port_is_told_in_one_line(tmp_path, wrong):
    said = subprocess.run(
        [sys.executable, "-m", "tests.mirrors.demo.run"],
        cwd=ROOT,
        env={**os.environ, "DEMO_PORT": wrong},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert said.stdout == f"demo: DEMO_PORT is a number from 1024 to 65531, not {wrong!r}\n"
