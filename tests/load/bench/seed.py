"""``python -m tests.load.bench.seed REGISTRY``: an empty database becomes one that serves. Under the bench's settings."""

import sys

import django
from django.core.management import call_command


def seed(registry: str) -> None:
    django.setup()
    from tests.mirrors.demo.seed import collect_static_files

    call_command("migrate", interactive=False, verbosity=0)
    collect_static_files()
    call_command("keys", "init")
    call_command("registry", "apply", registry)


if __name__ == "__main__":
    seed(sys.argv[1])
