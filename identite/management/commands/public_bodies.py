"""manage.py public_bodies import|list: companies whose legal category does not say whether they are public.

The file is part of the code: what is imported is read again by others before it is delivered.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from proconnect.kernel import public_bodies
from proconnect.kernel.public_bodies import LISTS, PublicBodies


class Command(BaseCommand):
    help = "Lists, by SIREN, of companies whose legal category does not say whether they are public."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="how many companies each list holds, of what date")
        importing = actions.add_parser("import", help="replace one list by the SIREN column of a CSV file")
        importing.add_argument("name", choices=LISTS, metavar="LIST", help=", ".join(LISTS))
        importing.add_argument("file", type=Path, metavar="FILE")
        importing.add_argument("--dated", type=date.fromisoformat, required=True, help="of what is published")
        importing.add_argument("--source", required=True, help="what is published, and by whom")
        importing.add_argument("--to", type=Path, default=public_bodies.FILE, help="written there")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        known = public_bodies.public_bodies()
        if action == "list":
            for name in LISTS:
                self.stdout.write(f"{name}: {len(getattr(known, name))} ({known.sources.get(name, '')})")
            self.stdout.write(f"dated {known.dated}")
        else:
            self._import(known, **options)

    def _import(
        self,
        known: PublicBodies,
        *,
        name: str,
        file: Path,
        dated: date,
        source: str,
        to: Path,
        **options: Any,
    ) -> None:
        numbers = frozenset(_numbers(file))
        new = replace(
            known, **{name: numbers}, dated=dated.isoformat(), sources={**known.sources, name: source}
        )
        try:
            PublicBodies.read(new.written())
        except ValueError as error:
            raise CommandError(f"{error}. Nothing was written.") from None
        to.write_text(new.written(), encoding="utf-8")
        before: frozenset[str] = getattr(known, name)
        self.stdout.write(
            f"{name}: {len(numbers)}, {len(numbers - before)} new, {len(before - numbers)} gone"
        )


def _numbers(file: Path) -> Iterator[str]:
    """Of the first column whose name holds « siren ». Raises CommandError."""
    text = file.read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    column = next((each for each in rows.fieldnames or () if "siren" in each.lower()), None)
    if column is None:
        raise CommandError(f"{file} has no column of SIREN")
    yield from (number for row in rows if (number := re.sub(r"\s", "", row[column] or "")))
