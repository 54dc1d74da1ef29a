"""manage.py keys init|rotate|list|retire: the keys we sign with. An exploitation calendar rotates them once a year."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from federation import own_keys
from federation.models import SigningKey


class Command(BaseCommand):
    help = "Signing keys: make the first ones, rotate, list, stop publishing one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("init", help="make the active and next keys that are missing")
        actions.add_parser("list", help="show all keys, without their private part")
        rotate = actions.add_parser("rotate", help="the next key signs, the active one retires")
        rotate.add_argument("--algorithm", choices=[*own_keys.KEY_MAKERS], help="all when not said")
        retire = actions.add_parser("retire", help="stop publishing a retired key")
        retire.add_argument("kid")
        for action in (rotate, retire):
            action.add_argument(
                "--at-once", action="store_true", help="do not wait a day: the key has leaked"
            )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, action)(**options)
        except own_keys.TooEarly as refusal:
            raise CommandError(f"{refusal}. If the key has leaked, add --at-once.") from None
        except SigningKey.DoesNotExist:
            raise CommandError("No retired key has this kid: see manage.py keys list.") from None

    def init(self, **options: Any) -> None:
        made = own_keys.make_missing(SigningKey.State.ACTIVE) + own_keys.make_missing(SigningKey.State.NEXT)
        for key in made:
            self.stdout.write(f"{key.algorithm} {key.state} {key.kid}")

    def list(self, **options: Any) -> None:
        for key in SigningKey.objects.order_by("algorithm", "created_at"):
            since = key.retired_at or key.activated_at or key.created_at
            self.stdout.write(f"{key.algorithm} {key.state:8} since {since:%Y-%m-%d %H:%M} {key.kid}")

    def rotate(self, *, algorithm: str | None, at_once: bool, **options: Any) -> None:
        for name in [algorithm] if algorithm else own_keys.KEY_MAKERS:
            key = own_keys.rotate(name, now=timezone.now(), at_once=at_once)
            self.stdout.write(f"{name} now signs with {key.kid}")

    def retire(self, *, kid: str, at_once: bool, **options: Any) -> None:
        own_keys.withdraw(kid, now=timezone.now(), at_once=at_once)
        self.stdout.write(f"{kid} is published no more")
