"""manage.py connections partitions: make the coming months of the history. Housekeeping does it every hour too."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from proconnect.platform import partitions

TABLE = "federation_connection"


class Command(BaseCommand):
    help = "Make the monthly partitions of the connection history, this month's and the coming ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["partitions"])

    def handle(self, *args: Any, **options: Any) -> None:
        partitions.prepare_months(TABLE, datetime.now(UTC).date())
        for name in partitions.existing(TABLE):
            self.stdout.write(name)
