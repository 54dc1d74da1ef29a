"""The registry file made true, all of it or nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import filterfalse
from typing import assert_never

from django.conf import settings
from django.db import transaction

from federation.registry import acts, reading, state
from federation.registry.acts import Author
from federation.registry.described import LIFETIMES
from federation.registry.entries import ClientEntry, ProviderEntry, as_json
from federation.registry.plan import Change, Create, Delete, Keep, PutOutOfService, Step, plan


@dataclass(frozen=True, slots=True)
class Outcome:
    steps: tuple[Step, ...]
    new_secrets: Mapping[str, str]  # client_id → clear, for those we drew


@transaction.atomic
def apply(text: str, *, prune: bool, dry_run: bool, by: Author, now: datetime) -> Outcome:
    """Raises reading.WrongFile, having written nothing."""
    file = reading.read(text)
    acts.hold_configuration()
    steps = plan(
        file,
        state.clients(),
        state.providers(),
        prune=prune,
        loopback_providers_allowed=settings.ENV.allow_private_addresses,
        longest_lifetimes={name: _seconds(getattr(settings.ENV, name)) for name in LIFETIMES},
    )
    return Outcome(steps, {} if dry_run else _perform_all(steps, by, now))


def export() -> str:
    """The current state in the file's own words, without secrets nor the FI that are part of ProConnect."""
    whole = {
        "version": reading.VERSION,
        "clients": [as_json(held.entry) for held in state.clients().values()],
        "providers": [as_json(held.entry) for held in state.providers().values() if not held.is_local],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _perform_all(steps: tuple[Step, ...], by: Author, now: datetime) -> dict[str, str]:
    """What goes leaves its name first, so that another can take it."""
    drawn: dict[str, str] = {}
    for leaving in filter(_leaves, steps):
        drawn |= _perform(leaving, by, now)
    for entry in _in_the_way(steps):
        _stand_aside(entry, by)
    for staying in filterfalse(_leaves, steps):
        drawn |= _perform(staying, by, now)
    return drawn


def _leaves(step: Step) -> bool:
    return isinstance(step, Delete)


def _in_the_way(steps: tuple[Step, ...]) -> list[ProviderEntry]:
    """The FI, as they are, whose present name or place another FI of the file takes: two may even swap theirs."""
    taken = {
        (step.entry.uid, fact)
        for step in steps
        if isinstance(step, Create | Change) and isinstance(step.entry, ProviderEntry)
        for fact in _unique_facts(step.entry)
    }
    return [
        before
        for before in map(_before, steps)
        if before and any(uid != before.uid and fact in _unique_facts(before) for uid, fact in taken)
    ]


def _before(step: Step) -> ProviderEntry | None:
    if not isinstance(step, Change) or not isinstance(step.entry, ProviderEntry):
        return None
    return replace(step.entry, **{field.name: field.before for field in step.fields})


def _unique_facts(entry: ProviderEntry) -> tuple[str | tuple[str, str], ...]:
    """What the database gives to one FI at a time."""
    return entry.name, (entry.issuer, entry.client_id)


def _stand_aside(entry: ProviderEntry, by: Author) -> None:
    """Under its uid, until its own change is performed."""
    aside = replace(entry, name=entry.uid, client_id=entry.uid)
    acts.change_provider(aside, by=by, are_domains_judged=True)


def _perform(step: Step, by: Author, now: datetime) -> dict[str, str]:
    if isinstance(step.entry, ClientEntry):
        return _perform_on_client(step, step.entry, by, now)
    _perform_on_provider(step, step.entry, by)
    return {}


def _perform_on_client(step: Step, entry: ClientEntry, by: Author, now: datetime) -> dict[str, str]:
    match step:
        case Create(_, secret):
            new = acts.register_client(entry, by=by, secret=secret)
            return {} if secret or not entry.has_a_secret else {entry.client_id: new.clear}
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


def _perform_on_provider(step: Step, entry: ProviderEntry, by: Author) -> None:
    match step:
        case Create(_, secret):
            acts.register_provider(entry, by=by, secret=secret, are_domains_judged=True)
        case Change(_, _, secret):
            acts.change_provider(entry, by=by, secret=secret, are_domains_judged=True)
        case Keep():
            pass
        case Delete():
            acts.delete_unused_provider(entry.uid, by=by)
        case PutOutOfService():
            acts.suspend_provider(entry.uid, by=by)
        case _:
            assert_never(step)


def _seconds(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds())
