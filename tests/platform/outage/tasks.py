import os
import signal
from pathlib import Path
from time import sleep
from typing import Any

from proconnect.platform.outbox import task


@task("outage.append")
def append(payload: dict[str, Any]) -> None:
    with Path(payload["file"]).open("a") as file:
        file.write(f"{payload['line']}\n")


@task("outage.append_then_die_once")
def append_then_die_once(payload: dict[str, Any]) -> None:
    """As a worker killed between its act and its acknowledgement."""
    seen_before = Path(payload["file"]).exists()
    append(payload)
    if not seen_before:
        os.kill(os.getpid(), signal.SIGKILL)


@task("outage.append_slowly")
def append_slowly(payload: dict[str, Any]) -> None:
    append({**payload, "line": "begun"})
    sleep(1)
    append({**payload, "line": "ended"})
