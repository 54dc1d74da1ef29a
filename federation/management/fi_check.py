"""manage.py fi check UID: is this FI fit to sign people in? The report is kept; a failure ends with status 1."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from federation.models import Provider
from federation.rp import self_test

HELP = "looks at a FI from here: documents, keys, clock, levels, domains; keeps a dated report"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("uid", type=UUID, metavar="UID")


def run(out: OutputWrapper, *, uid: UUID, **options: Any) -> None:
    provider = Provider.objects.filter(uid=uid).first()
    if provider is None:
        raise CommandError(f"no FI {uid}")
    if not provider.issuer:
        raise CommandError(f"{provider.title} is part of ProConnect: there is nothing to check from outside")
    report = self_test.check(provider, asked_by="manage.py fi check")
    out.write(f"{provider.title} ({uid}), {report.at:%Y-%m-%d %H:%M} UTC")
    for finding in report.findings:
        out.write(f"  {finding['outcome']:<8} {finding['check']:<15} {finding['detail']}")
    if not report.passed:
        raise CommandError("at least one failure")
