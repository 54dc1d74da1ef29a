"""manage.py connections partitions: make the coming months of the history. To be run once a day."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

MONTHS_AHEAD = 3

ADD_MONTHS = """
    SELECT to_char(month, 'YYYY-MM') FROM (
        SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + ahead * interval '1 month')::date AS month
        FROM generate_series(0, %s) AS ahead
    ) AS months WHERE federation_add_connection_month(month)
"""


class Command(BaseCommand):
    help = "Make the monthly partitions of the connection history, this month's and the coming ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["partitions"])
        parser.add_argument("--ahead", type=int, default=MONTHS_AHEAD, help="how many months after this one")

    def handle(self, *args: Any, ahead: int, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(ADD_MONTHS, [ahead])
            for (month,) in cursor.fetchall():
                self.stdout.write(f"{month} is ready")
