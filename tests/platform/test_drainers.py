"""The two processes that drain the outbox, run and killed for real."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.services import ROOT
from tests.platform.conftest import RedisServer
from tests.platform.outage.site import Site, database_alone, within

pytestmark = pytest.mark.e2e

DRAIN = [sys.executable, "-m", "django", "outbox", "drain", "--forever"]
CELERY = [sys.executable, "-m", "celery", "-A", "proconnect", "worker", "--pool", "solo"]


@pytest.fixture(scope="module")
def place() -> Iterator[Site]:
    with database_alone() as place:
        yield place


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "written"


@contextmanager
def running(place: Site, command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=place.environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ask(place: Site, task: str, file: Path, line: str = "done") -> None:
    payload = {"file": str(file), "line": line}
    place.manage(
        "shell",
        "-v0",
        "-c",
        f"from proconnect.platform.outbox import enqueue; enqueue({task!r}, {payload!r})",
    )


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_what_is_asked_is_done_within_two_seconds(place: Site, written: Path, tmp_path: Path) -> None:
    with running(place, DRAIN, tmp_path / "log"):
        ask(place, "outage.append", written, "first")
        within(5, lambda: lines(written) == ["first"])
        ask(place, "outage.append", written, "second")
        assert within(5, lambda: lines(written) == ["first", "second"]) < 2


def test_f03_a_worker_killed_in_the_middle_leaves_its_message_to_another(
    place: Site, written: Path, tmp_path: Path
) -> None:
    ask(place, "outage.append_then_die_once", written)
    with running(place, DRAIN, tmp_path / "log") as first:
        assert first.wait(20) == -signal.SIGKILL
    with running(place, DRAIN, tmp_path / "log"):
        within(10, lambda: lines(written) == ["done", "done"])


def test_a_worker_told_to_stop_finishes_what_it_has_begun(place: Site, written: Path, tmp_path: Path) -> None:
    ask(place, "outage.append_slowly", written)
    with running(place, DRAIN, tmp_path / "log") as worker:
        within(10, lambda: lines(written) == ["begun"])
        worker.terminate()
        assert worker.wait(10) == 0
    assert lines(written) == ["begun", "ended"]


def test_f05_a_worker_outlives_a_stopped_database(place: Site, written: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(place, DRAIN, log) as worker:
        ask(place, "outage.append", written, "before")
        within(10, lambda: lines(written) == ["before"])
        place.stop_database()
        within(10, lambda: "outbox_waits_for_the_database" in log.read_text())
        place.start_database()
        ask(place, "outage.append", written, "after")
        within(10, lambda: lines(written) == ["before", "after"])
        assert worker.poll() is None


def test_celery_drains_the_same_outbox(
    place: Site, redis_server: RedisServer, written: Path, tmp_path: Path
) -> None:
    """Woken by the message alone: no beat runs here."""
    place.environment["BROKER_URL"] = redis_server.url
    log = tmp_path / "log"
    try:
        with running(place, CELERY, log):
            within(30, lambda: "ready" in log.read_text())
            ask(place, "outage.append", written)
            within(5, lambda: lines(written) == ["done"])
    finally:
        del place.environment["BROKER_URL"]
    assert all(json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))


def test_celery_refuses_to_start_without_a_broker(place: Site) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import proconnect.celery"],
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "BROKER_URL is missing" in done.stderr
    assert "Traceback" not in done.stderr
