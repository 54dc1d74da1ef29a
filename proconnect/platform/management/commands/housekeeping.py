from typing import Any

from django.core.management.base import BaseCommand

from proconnect.platform import housekeeping


class Command(BaseCommand):
    help = "Delete what has expired and prepare the coming months, once."

    def handle(self, *args: Any, **options: Any) -> None:
        housekeeping.run()
