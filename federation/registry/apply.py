"""The registry file made true, all of it or nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from django.conf import settings
from django.db import connection, transaction

from federation.registry import acts, reading, state
from federation.registry.acts import Author
from federation.registry.entries import ClientEntry, ProviderEntry, as_json
from federation.registry.plan import Change, Create, Delete, Keep, PutOutOfService, Step, plan

ONE_AT_A_TIME = 7_102_025  # key of the advisory lock


@dataclass(frozen=True, slots=True)
class Outcome:
    steps: tuple[Step, ...]
    new_secrets: Mapping[str, str]  # client_id → clear, for those we drew


@transaction.atomic
def apply(text: str, *, prune: bool, dry_run: bool, by: Author, now: datetime) -> Outcome:
    """Raises reading.WrongFile, having written nothing."""
    file = reading.read(text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    steps = plan(
        file,
        state.clients(),
        state.providers(),
        prune=prune,
        loopback_providers_allowed=settings.ENV.allow_private_addresses,
    )
    drawn: dict[str, str] = {}
    for step in () if dry_run else steps:
        drawn |= _perform(step, by, now)
    return Outcome(steps, drawn)


def export() -> str:
    """The current state in the file's own words, without secrets nor the FI that are part of ProConnect."""
    whole = {
        "version": reading.VERSION,
        "clients": [as_json(held.entry) for held in state.clients().values()],
        "providers": [as_json(held.entry) for held in state.providers().values() if not held.is_local],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _perform(step: Step, by: Author, now: datetime) -> dict[str, str]:
    if isinstance(step.entry, ClientEntry):
        return _perform_on_client(step, step.entry, by, now)
    _perform_on_provider(step, step.entry, by, now)
    return {}


def _perform_on_client(step: Step, entry: ClientEntry, by: Author, now: datetime) -> dict[str, str]:
    match step:
        case Create(_, secret):
            new = acts.register_client(entry, by=by, secret=secret)
            return {} if secret else {entry.client_id: new.clear}
        case Change(_, _, secret):
            changed = acts.change_client(entry, by=by, now=now, secret=secret)
            return {entry.client_id: changed.clear} if changed and not secret else {}
        case Keep():
            return {}
        case Delete():
            acts.delete_unused_client(entry.client_id, by=by)
            return {}
        case PutOutOfService():
            acts.suspend_client(entry.client_id, by=by)
            return {}
        case _:
            assert_never(step)


def _perform_on_provider(step: Step, entry: ProviderEntry, by: Author, now: datetime) -> None:
    match step:
        case Create(_, secret):
            acts.register_provider(entry, by=by, secret=secret, now=now)
        case Change(_, _, secret):
            acts.change_provider(entry, by=by, secret=secret, now=now)
        case Keep():
            pass
        case Delete():
            acts.delete_unused_provider(entry.uid, by=by)
        case PutOutOfService():
            acts.suspend_provider(entry.uid, by=by)
        case _:
            assert_never(step)
