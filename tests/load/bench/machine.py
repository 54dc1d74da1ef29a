"""What the kernel says of processes: the CPU a tree of them has used, the memory it holds, the core it runs on."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """This process and all its descendants."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except FileNotFoundError:
        return []
    return [pid, *(each for child in children for each in tree(child))]


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree, its dead and buried children included."""
    return sum(_ticks(each) for each in tree(pid)) / TICKS_PER_SECOND


def _ticks(pid: int) -> int:
    try:
        after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, after_the_name[11:15]))  # utime, stime, cutime, cstime (proc(5))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def pss_mebibytes(pid: int) -> float:
    """Memory of the tree, each page shared by several counted once in all."""
    return sum(_pss_kibibytes(each) for each in tree(pid)) / 1024


def _pss_kibibytes(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


# Cores: the measured server has one, all the rest another


def cores() -> tuple[set[int], set[int]]:
    """The server's, and everybody else's; the same when there is but one."""
    allowed = sorted(os.sched_getaffinity(0))
    return {allowed[0]}, set(allowed[1:]) or {allowed[0]}


@contextmanager
def started_on(chosen: set[int]) -> Iterator[None]:
    """What is started meanwhile stays on these cores, with its children."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
