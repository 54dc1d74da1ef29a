"""The demo: a developer's settings, and the route that shows the mails. That route exists nowhere else."""

from proconnect.settings.development import *
from proconnect.settings.development import ROOT, TEMPLATES

ROOT_URLCONF = "tests.mirrors.demo.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], ROOT / "tests" / "mirrors" / "demo" / "templates"]  # type: ignore[misc]
