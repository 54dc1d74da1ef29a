"""The mirrors borrow the project's design system, and add a few rules of their own."""

from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise

HERE = Path(__file__).resolve().parent
PROJECT_STATIC = HERE.parents[1] / "static"


def with_static_files(application: Any) -> WhiteNoise:
    files = WhiteNoise(application, root=HERE / "static", prefix="static/")
    files.add_files(PROJECT_STATIC, prefix="static/")
    return files
