"""manage.py grants purge: delete the grants whose last token is dead. Housekeeping does it every hour too."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from federation.op import grants


class Command(BaseCommand):
    help = "Delete the grants whose last token is dead, with the personal data they hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["purge"])

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{grants.purge()} grants deleted")
