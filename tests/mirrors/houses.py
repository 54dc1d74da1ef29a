"""Network namespaces: places on this machine that no network joins. They share its files, hence its Unix sockets."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.mirrors.processes import Child

# Its loopback is up; then it waits to be ended.
KEEPER = """
import fcntl, pathlib, signal, socket, struct, sys
with socket.socket() as any_socket:
    request = struct.pack("16sH14s", b"lo", 0x1 | 0x40, b"")  # IFF_UP | IFF_RUNNING
    fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS
pathlib.Path(sys.argv[1]).touch()
signal.pause()
"""


@cache
def way_in() -> tuple[str, ...] | None:
    """How this account makes a namespace here: as root, or in a user namespace; None where the kernel lets it do neither."""
    unshare = shutil.which("unshare")
    if not unshare or not shutil.which("nsenter"):
        return None
    ways = [(unshare, "--net")] if os.geteuid() == 0 else [(unshare, "--net", "--user", "--map-root-user")]
    for way in ways:
        if subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0:
            return way
    return None


@dataclass(slots=True)
class House:
    """One namespace, kept by a process; ``enter`` is what a command begins with to run inside."""

    keeper: Child
    is_ready: Path

    @property
    def enter(self) -> list[str]:
        spaces = f"/proc/{self.keeper.pid}/ns"
        user = [] if os.geteuid() == 0 else [f"--user={spaces}/user", "--preserve-credentials"]
        return ["nsenter", f"--net={spaces}/net", *user]


def house(name: str, var: Path) -> House:
    way = way_in()
    assert way
    is_ready = var / f"{name}.ready"
    command = [*way, sys.executable, "-c", KEEPER, str(is_ready)]
    return House(Child(f"house of {name}", command, var / f"{name}.house.log"), is_ready)
