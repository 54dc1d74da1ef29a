"""manage.py provider_keys make|list|retire|delete: the keys FI encrypt their answers to."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from federation import own_keys
from federation.models import DecryptionKey


class Command(BaseCommand):
    help = "Keys FI encrypt to: make those that are missing, list, replace one, forget one that was replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("make", help="make the active keys that are missing")
        actions.add_parser("list", help="show all keys, without their private part")
        retire = actions.add_parser(
            "retire", help="publish a new key in the place of this one, which still opens"
        )
        retire.add_argument("kid")
        delete = actions.add_parser("delete", help="open no more what is encrypted to a retired key")
        delete.add_argument("kid")
        delete.add_argument("--at-once", action="store_true", help="do not wait a day: the key has leaked")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, action)(**options)
        except own_keys.TooEarly as refusal:
            raise CommandError(f"{refusal}. If the key has leaked, add --at-once.") from None
        except DecryptionKey.DoesNotExist:
            raise CommandError(
                "No key in the right state has this kid: see manage.py provider_keys list."
            ) from None

    def make(self, **options: Any) -> None:
        for key in own_keys.make_missing_decryption_keys():
            self.stdout.write(f"{key.algorithm} {key.state} {key.kid}")

    def list(self, **options: Any) -> None:
        for key in DecryptionKey.objects.order_by("algorithm", "created_at"):
            since = key.retired_at or key.created_at
            self.stdout.write(f"{key.algorithm:12} {key.state:7} since {since:%Y-%m-%d %H:%M} {key.kid}")

    def retire(self, *, kid: str, **options: Any) -> None:
        key = own_keys.replace_decryption_key(kid, now=timezone.now())
        self.stdout.write(f"{kid} is published no more, and still opens; FI now encrypt to {key.kid}")

    def delete(self, *, kid: str, at_once: bool, **options: Any) -> None:
        own_keys.delete_decryption_key(kid, now=timezone.now(), at_once=at_once)
        self.stdout.write(f"{kid} opens nothing any more")
