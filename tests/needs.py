"""Programs a test cannot do without: a missing one skips it, or fails it where REQUIRE_ALL=1 (the build)."""

import os
import shutil

import pytest

PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "redis-server": ("redis-server",)}


def needs(tool: str) -> str:
    """The path of this program. Skips or fails the running test when the machine has none."""
    for name in PROGRAMS.get(tool, (tool,)):
        if path := shutil.which(name):
            return path
    reason = f"{tool} is missing: apt-get install {tool}"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
