"""``manage.py errors document``: writes docs/erreurs/ from the catalogues."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from proconnect.pages import error_documentation


class Command(BaseCommand):
    help = "What is published of our refusals."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        document = actions.add_parser("document", help="write the page of each code, and the index")
        document.add_argument("--directory", type=Path, default=settings.ROOT / "docs/erreurs")

    def handle(self, *, directory: Path, **options: Any) -> None:
        touched = error_documentation.write(directory)
        self.stdout.write(f"{len(touched)} files in {directory}")
