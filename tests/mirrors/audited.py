"""``python -m tests.mirrors.audited LOG MODULE [ARGUMENT…]``: runs it, and writes down whom it and its children call.

Python's own audit events: what is connected to, and what names are looked up. PostgreSQL's C library raises none.
"""

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.sendto")


def main(log: str, module: str, *arguments: str) -> None:
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(event: str, given: tuple[Any, ...]) -> None:
        if event in EVENTS:
            called = given[1] if event != "socket.getaddrinfo" else given[0]
            os.write(written, f"{json.dumps([event, str(called)])}\n".encode())

    sys.addaudithook(note)
    sys.argv = [module, *arguments]
    if module.endswith(".py"):
        runpy.run_path(module, run_name="__main__")
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def called(log: Path) -> set[str]:
    """All the addresses and names it called or looked up, Unix sockets apart."""
    lines = log.read_text().splitlines() if log.exists() else []
    return {address for _, address in map(json.loads, lines) if not address.startswith("/")}


if __name__ == "__main__":
    main(*sys.argv[1:])
