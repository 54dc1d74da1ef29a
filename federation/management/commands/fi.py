"""manage.py fi quality|migrate|…: what an operator asks of a FI. Each action is a module of its own, beside this folder."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandParser

from federation.management import fi_check, fi_migrate, fi_quality


class Action(Protocol):
    """What a module gives to be an action of this command: a line of help, arguments, and ``run(out, **options)``,
    which raises CommandError."""

    HELP: str

    @property
    def run(self) -> Callable[..., None]: ...

    def add_arguments(self, parser: CommandParser) -> None: ...


ACTIONS: Mapping[str, Action] = {"check": fi_check, "migrate": fi_migrate, "quality": fi_quality}


class Command(BaseCommand):
    help = "Identity providers (FI): their health, what they send, and the domains that go to them."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, action in ACTIONS.items():
            action.add_arguments(actions.add_parser(name, help=action.HELP))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        ACTIONS[action].run(self.stdout, **options)
