"""manage.py fi migrate UID DOMAIN: the addresses of a domain lead to this FI from now on, instead of Identité."""

import csv
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from federation.registry import domains
from federation.registry.acts import Author, DomainTaken
from federation.registry.domain_move import CannotMove, Forecast, forecast, move

HELP = "send the addresses of a domain to a FI that proved it, once told who keeps their sub"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("uid", type=UUID, metavar="UID", help="the FI")
    parser.add_argument("domain", metavar="DOMAIN")
    parser.add_argument(
        "--dry-run", action="store_true", help="tell who would keep or lose a sub; write nothing"
    )
    parser.add_argument(
        "--csv", dest="file", type=Path, metavar="FILE", help="write one line for each person there"
    )
    parser.add_argument("--reason", default="", help="written in the audit journal")


def run(
    out: OutputWrapper,
    *,
    uid: UUID,
    domain: str,
    dry_run: bool,
    file: Path | None,
    reason: str,
    **options: Any,
) -> None:
    by = Author(actor="manage.py fi migrate", reason=reason)
    try:
        name = domains.parse(domain)
        told = forecast(uid, name) if dry_run else move(uid, name, by=by)
    except ValueError:
        raise CommandError(f"{domain} is no domain name") from None
    except (CannotMove, DomainTaken) as refusal:
        raise CommandError(str(refusal)) from None
    _tell(out, told)
    if file:
        _write(file, told)
    if not dry_run:
        out.write(f"{told.domain} {_when(told)} to {told.provider.title}")


def _when(told: Forecast) -> str:
    is_offered = told.provider.is_active and told.provider.is_routed
    return "now leads" if is_offered else "will lead, once this FI is offered,"


def _tell(out: OutputWrapper, told: Forecast) -> None:
    out.write(
        f"{told.provider.title}, {told.domain}: {len(told.people)} people, {told.losing} lose their sub"
    )
    for fate, number in told.counts.items():
        out.write(f"  {number:7} {'keep' if fate.keeps else 'LOSE'}  {fate.name.lower()}: {fate.reason}")


def _write(path: Path, told: Forecast) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["sub", "email", "keeps_sub", "fate", "reason"])
        for person in told.people:
            fate = person.fate
            lines.writerow(
                [person.sub, person.email, "yes" if fate.keeps else "no", fate.name.lower(), fate.reason]
            )
