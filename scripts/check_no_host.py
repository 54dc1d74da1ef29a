"""No tracked file may tie the project to a package registry or to somebody's machine."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# In brackets, so that this file does not hold what it forbids.
REGISTRY = re.compile(
    rb"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|yarnpkg[.]com|jsdelivr[.]net|unpkg[.]com|cdnjs[.]com"
    rb"|deb[.]debian[.]org|security[.]debian[.]org|crates[.]io|proxy[.]golang[.]org|index[-]url|find[-]links"
)
MACHINE = re.compile(rb"/[w]ork/(?:main|shared)|/[r]oot/|/[h]ome/[a-z]+/|/[U]sers/[A-Za-z]+/")
LOCKED = re.compile(rb"://")


def main() -> int:
    wrongs = [wrong for path in tracked_files() for wrong in wrongs_of(path)]
    print("\n".join(wrongs))
    return 1 if wrongs else 0


def tracked_files() -> Iterator[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            yield path


def wrongs_of(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT)
    rules = {"a package registry": REGISTRY, "a path of a machine": MACHINE}
    if is_lock(name):
        rules["an address in a lock file"] = LOCKED
    content = path.read_bytes()
    for what, pattern in rules.items():
        if found := pattern.search(content):
            line = content.count(b"\n", 0, found.start()) + 1
            yield f"{name}:{line}: {what}: {found[0].decode()}"


def is_lock(name: Path) -> bool:
    return name.parts[0] == "requirements" or name.name.endswith((".lock", "-lock.json"))


if __name__ == "__main__":
    sys.exit(main())
