"""``manage.py claims document``: writes the tables of docs/partenaires/donnees.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from federation import claims_documentation


class Command(BaseCommand):
    help = "What is published of the data that services read."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        document = actions.add_parser("document", help="write the tables again from the code")
        document.add_argument("--file", type=Path, default=settings.ROOT / "docs/partenaires/donnees.md")

    def handle(self, *, file: Path, **options: Any) -> None:
        claims_documentation.write(file)
        self.stdout.write(str(file))
