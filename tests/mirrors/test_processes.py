"""Nothing the demo or a test starts outlives it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.mirrors import processes
from tests.mirrors.processes import Child, NotReady, free_port, port_is_free, stop, wait_until_ready, watch

pytestmark = pytest.mark.e2e


def shell(name: str, script: str, directory: Path, ready_at: str | None = None) -> Child:
    return Child(name, ["/bin/sh", "-c", script], directory / f"{name}.log", ready_at=ready_at)


def is_running(pid: int) -> bool:
    """A zombie nobody has waited for yet is not running."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def written(path: Path) -> int:
    assert eventually(lambda: path.exists() and path.read_text().strip())
    return int(path.read_text())


def test_stopping_a_child_stops_what_it_started(tmp_path):
    child = shell("family", f"sleep 1000 & echo $! > {tmp_path}/grandchild; wait", tmp_path)
    child.start()
    grandchild = written(tmp_path / "grandchild")
    stop([child])
    assert not is_running(child.pid)
    assert eventually(lambda: not is_running(grandchild))


def test_a_child_deaf_to_term_is_killed_after_the_grace(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE", 0.2)
    child = shell("deaf", f"trap '' TERM; echo $$ > {tmp_path}/deaf; while :; do sleep 0.05; done", tmp_path)
    child.start()
    written(tmp_path / "deaf")
    stop([child])
    assert not is_running(child.pid)


def test_a_child_dies_with_a_parent_killed_outright(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from tests.mirrors.processes import Child\n"
        "child = Child('orphan', ['sleep', '1000'], Path(sys.argv[1]) / 'log'); child.start()\n"
        "(Path(sys.argv[1]) / 'orphan').write_text(str(child.pid)); time.sleep(1000)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=processes.ROOT)
    orphan = written(tmp_path / "orphan")
    assert is_running(orphan)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert eventually(lambda: not is_running(orphan))


def test_a_child_that_dies_while_starting_is_told_in_one_line(tmp_path):
    child = shell("clumsy", "echo out of luck; exit 3", tmp_path, ready_at="http://localhost:1/")
    child.start()
    with pytest.raises(NotReady, match=r"^clumsy stopped while starting: out of luck$"):
        wait_until_ready([child], patience=5)


def test_who_dies_is_started_again_and_who_keeps_dying_ends_everything(tmp_path):
    child = shell("fragile", "echo fell; exit 1", tmp_path)
    child.start()
    said: list[str] = []
    with pytest.raises(NotReady, match=r"fragile keeps stopping: fell"):
        watch([child], said.append)
    assert said == ["fragile stopped (fell); it is started again."] * processes.DEATHS_ALLOWED
    stop([child])


def test_a_taken_port_is_known_before_anything_starts():
    port = free_port()
    assert port_is_free(port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not port_is_free(port)
