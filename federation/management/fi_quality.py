"""manage.py fi quality [UID]: what each FI sent, in the last 30 days, that had to be mended."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.utils import timezone

from federation.models import Provider
from federation.rp import quality
from federation.rp.quality import Line, Report

HELP = "what each FI sent, in the last 30 days, that had to be mended"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "uid",
        nargs="?",
        type=UUID,
        metavar="UID",
        help="one FI; all that are reached over the network when not said",
    )


def run(out: OutputWrapper, *, uid: UUID | None, **options: Any) -> None:
    rows = Provider.objects.filter(uid=uid) if uid else Provider.objects.exclude(issuer="")
    if uid and not rows.exists():
        raise CommandError(f"no FI {uid}")
    for provider in rows:
        report = quality.report(provider.uid, now=timezone.now())
        out.write(f"{provider.title} ({provider.uid})")
        for line in _told(report):
            out.write(f"  {line}")


def _told(report: Report) -> Iterator[str]:
    yield f"{report.identities} identities received since {report.since}"
    yield from (f"{line.claim} {line.defect}: {_how_often(line)}" for line in report.defects)
    yield from (f"{line.claim} unknown to us: {_how_often(line)}" for line in report.unknown)


def _how_often(line: Line) -> str:
    return f"{line.count} times ({line.share:.1%})"
