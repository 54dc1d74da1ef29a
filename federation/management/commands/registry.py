"""``manage.py registry apply|export``: FS, FI, FD and their domains, moved between environments as one file."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_never

from django.core.management.base import BaseCommand, CommandError, CommandParser

from federation.registry.acts import Author
from federation.registry.apply import Outcome, apply, export
from federation.registry.entries import ClientEntry, Entry
from federation.registry.plan import Change, Create, Delete, Keep, PutOutOfService, Step
from federation.registry.reading import WrongFile

MASK = "••••••"
PRUNE_HELP = (
    "also remove the FS, FD and FI that the file does not name. One that never served is deleted; one that the "
    "history, an account or a token refers to is put out of service instead, so that the past stays readable. "
    "ProConnect's own FI (Identité) is never removed, nor anything of a list the file does not have."
)


class Command(BaseCommand):
    help = "Makes the database say what a registry file says, or writes such a file."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        applying = actions.add_parser(
            "apply", help="make the database say what FILE says, in one transaction"
        )
        applying.add_argument("file", metavar="FILE", help="the registry file; - for the standard input")
        applying.add_argument("--dry-run", action="store_true", help="print what would change; write nothing")
        applying.add_argument("--prune", action="store_true", help=PRUNE_HELP)
        exporting = actions.add_parser("export", help="write the current state, without secrets")
        exporting.add_argument(
            "file", metavar="FILE", nargs="?", default="-", help="default: the standard output"
        )

    def handle(self, *, action: str, file: str, **options: Any) -> None:
        if action == "export":
            self._export(file)
        else:
            self._apply(file, dry_run=options["dry_run"], prune=options["prune"])

    def _export(self, file: str) -> None:
        if file == "-":
            self.stdout.write(export(), ending="")
        else:
            Path(file).write_text(export(), encoding="utf-8")

    def _apply(self, file: str, *, dry_run: bool, prune: bool) -> None:
        by = Author(actor="manage.py registry apply")
        try:
            outcome = apply(_content(file), prune=prune, dry_run=dry_run, by=by, now=datetime.now(UTC))
        except WrongFile as error:
            raise CommandError(f"{error}\nNothing was written.") from None
        for line in report(outcome):
            self.stdout.write(line)
        if dry_run:
            self.stdout.write("Dry run: nothing was written.")


def _content(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file}: not UTF-8") from None


def report(outcome: Outcome) -> list[str]:
    lines = [line for step in outcome.steps for line in _told(step, outcome)]
    return [*lines, _summary(outcome.steps)]


def _told(step: Step, outcome: Outcome) -> list[str]:
    match step:
        case Create(entry, secret):
            return [f"created    {_named(entry)}", *_told_secret(entry, secret is None, outcome)]
        case Change(entry, fields, secret, draws):
            changes = [
                f"    {field.name}: {_shown(field.before)} → {_shown(field.after)}" for field in fields
            ]
            replaced = [f"    client_secret: {MASK} → {MASK}"] if secret is not None or draws else []
            return [f"changed    {_named(entry)}", *changes, *replaced, *_told_secret(entry, draws, outcome)]
        case Keep(entry):
            return [f"unchanged  {_named(entry)}"]
        case Delete(entry):
            return [f"pruned     {_named(entry)} (deleted: it never served)"]
        case PutOutOfService(entry):
            return [f"pruned     {_named(entry)} (put out of service: its history is kept)"]
        case _:
            assert_never(step)


def _told_secret(entry: Entry, draws: bool, outcome: Outcome) -> list[str]:
    if not draws or not isinstance(entry, ClientEntry) or not entry.has_a_secret:
        return []
    clear = outcome.new_secrets.get(entry.client_id, "will be generated")
    return [f"    client_secret: {clear} (shown this once)"]


def _named(entry: Entry) -> str:
    kind = entry.kind.upper() if isinstance(entry, ClientEntry) else "FI"
    return f"{kind} {entry.key} ({entry.name})"


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=asdict)


def _summary(steps: tuple[Step, ...]) -> str:
    words = {
        Create: "created",
        Change: "changed",
        Keep: "unchanged",
        Delete: "pruned",
        PutOutOfService: "pruned",
    }
    counts = dict.fromkeys(words.values(), 0)
    for step in steps:
        counts[words[type(step)]] += 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())
