#!/usr/bin/env python
"""Django's command line. In development it finds, or starts, the local database by itself."""

import os
import sys


def main() -> None:
    is_relay = sys.argv[1:2] == ["relay"]
    if is_relay:  # it stands where there is neither site nor database of ours
        os.environ["DJANGO_SETTINGS_MODULE"] = "proconnect.settings.relay"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.development")
    from django.core.management import execute_from_command_line

    if is_relay or os.environ.get("DATABASE_URL"):
        execute_from_command_line(sys.argv)
        return
    from scripts.services import database_for_this_command

    with database_for_this_command():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
