from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from proconnect.platform.reencryption import reencrypt_all


class Command(BaseCommand):
    help = "Seal every secret again with the first key of ENCRYPTION_KEYS. The old key may be removed after."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["reencrypt"])

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        for outcome in reencrypt_all():
            place = f"{outcome.column.model}.{outcome.column.column}"
            self.stdout.write(f"{place}: {outcome.resealed} sealed again, {outcome.unreadable} unreadable")
            unreadable += outcome.unreadable
        if unreadable:
            raise CommandError(f"{unreadable} secrets are sealed by a key that ENCRYPTION_KEYS does not hold")
