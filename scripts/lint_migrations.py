"""Migrations of ours that would break the version still running, or lock a table for long. Needs DATABASE_URL."""

import os
import sys

import django

OURS = ("platform", "federation", "identite")
ON_EMPTY_TABLES = ("0002_connection_by_month",)  # of the first release: no version ran before it


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.test")
    django.setup()
    from django_migration_linter import MigrationLinter

    linter = MigrationLinter(
        include_apps=OURS,
        ignore_initial_migrations=True,
        ignore_name=ON_EMPTY_TABLES,
        quiet=("ignore", "ok"),
        no_cache=True,
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
