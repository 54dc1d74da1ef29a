"""manage.py sessions end: sign people out from elsewhere than their browser, with their tokens."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from federation import endings
from federation.endings import Ending
from federation.models import Account, Provider
from proconnect.platform.audit import audit

ACTOR = "manage.py sessions"


class Command(BaseCommand):
    help = (
        "End open sessions and their tokens at once. The FS told of them hear of it by back-channel logout."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["end"])
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--account", type=UUID, metavar="SUB", help="one person, in all their browsers")
        whose.add_argument("--provider", type=UUID, metavar="UID", help="all who signed in through this FI")
        parser.add_argument("--reason", default="", help="written in the audit journal")

    def handle(
        self, *args: Any, account: UUID | None, provider: UUID | None, reason: str, **options: Any
    ) -> None:
        ended = _end_account(account, reason) if account else 0
        ended += _end_provider(provider, reason) if provider else 0
        self.stdout.write(f"{ended} sessions ended")


@transaction.atomic
def _end_account(sub: UUID, reason: str) -> int:
    if not Account.objects.filter(sub=sub).exists():
        raise CommandError(f"no account {sub}")
    ended = endings.end_sessions_of_account(sub, Ending.TEAM)
    audit(ACTOR, "account.end_sessions", str(sub), after={"sessions": ended}, reason=reason)
    return ended


@transaction.atomic
def _end_provider(uid: UUID, reason: str) -> int:
    if not Provider.objects.filter(uid=uid).exists():
        raise CommandError(f"no FI {uid}")
    ended = endings.end_sessions_of_provider(uid, Ending.TEAM)
    audit(ACTOR, "provider.end_sessions", str(uid), after={"sessions": ended}, reason=reason)
    return ended
