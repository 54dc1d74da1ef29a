"""``python -m tests.federation.conformance.prepare REGISTRY``: the database of a site, from nothing to its first login."""

import sys

import django

from tests.mirrors.demo.seed import collect_static_files


def prepare(registry_file: str) -> None:
    """Needs Django set up."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    collect_static_files()
    call_command("keys", "init")
    call_command("registry", "apply", registry_file)


if __name__ == "__main__":
    django.setup()
    prepare(sys.argv[1])
