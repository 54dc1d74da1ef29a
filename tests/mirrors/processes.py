"""Children of the demo and of the e2e tests: each in a group of its own, watched, all gone at the end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
GRACE = 8.0  # seconds between TERM and KILL
DEATHS_ALLOWED = 3  # of one child within a minute


class NotReady(RuntimeError):
    """A child did not answer in time, or died first; the text is one line for a human."""


@dataclass(slots=True)
class Child:
    """A process of ours. ``ready_at`` is the URL that answers once it serves; none is needed by a worker."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_at: str | None = None
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid()), *self.command],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it said nothing"


def wait_until_ready(children: Sequence[Child], *, patience: float) -> None:
    deadline = time.monotonic() + patience
    waiting = list(children)
    while waiting:
        waiting = [child for child in waiting if not _answers(child)]
        for child in waiting:
            if not child.is_alive:
                raise NotReady(f"{child.name} stopped while starting: {child.last_line()}")
        if waiting and time.monotonic() > deadline:
            names = ", ".join(child.name for child in waiting)
            raise NotReady(f"{names} did not answer within {patience:.0f} s (see {waiting[0].log})")
        if waiting:
            time.sleep(0.1)


def _answers(child: Child) -> bool:
    if child.ready_at is None:
        return child.is_alive
    try:
        return httpx.get(child.ready_at, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def stop(children: Sequence[Child]) -> None:
    """TERM to every group, KILL to what is left after the grace: nothing survives, grandchildren included."""
    running = [child for child in children if child.process is not None]
    for child in running:
        child.signal_group(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for child in running:
        assert child.process is not None
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
    for child in running:
        child.signal_group(signal.SIGKILL)
        assert child.process is not None
        child.process.wait()


def watch(children: Sequence[Child], say: Callable[[str], None]) -> None:
    """Never returns: starts again who dies, and raises NotReady about who keeps dying."""
    deaths: dict[str, list[float]] = {child.name: [] for child in children}
    while True:
        for child in children:
            if child.is_alive:
                continue
            now = time.monotonic()
            recent = deaths[child.name] = [at for at in deaths[child.name] if now - at < 60] + [now]
            if len(recent) > DEATHS_ALLOWED:
                raise NotReady(f"{child.name} keeps stopping: {child.last_line()}")
            say(f"{child.name} stopped ({child.last_line()}); it is started again.")
            child.start()
        time.sleep(0.5)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
