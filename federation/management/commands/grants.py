"""manage.py grants purge: delete the grants whose last token is dead. To be run every few minutes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from federation.op import grants


class Command(BaseCommand):
    help = "Delete the grants whose last token is dead, with the personal data they hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["purge"])

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{grants.purge(now=timezone.now())} grants deleted")
