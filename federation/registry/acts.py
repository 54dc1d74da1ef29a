"""Register, change, rotate, suspend: each is one transaction and one line of the audit journal.

They are the only way FS and FI are written, from the registry file, the administration and the partners' area alike.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest

from federation import endings
from federation.models import AcceptanceTester, Client, PlannedOutage, Provider, ProviderDomain
from federation.registry import client_secrets, provider_secrets, sharing
from federation.registry.described import client_entry, fill_client, fill_provider, provider_entry
from federation.registry.entries import ClientEntry, Entry, ProviderEntry, as_json, written
from federation.registry.records import Outage
from federation.registry.snapshot import look_again, provider_record
from proconnect.platform.audit import audit

MASK = "••••••"
NEW_MASK = f"{MASK} (nouveau)"
ONE_AT_A_TIME = 7_102_025  # key of the advisory lock under which FI and their domains are compared


class DomainTaken(Exception):
    """The domain leads to another FI, and they have not both declared it shared."""

    def __init__(self, conflict: sharing.Conflict) -> None:
        super().__init__(f"{conflict.domain} leads to {conflict.other.uid}")
        self.conflict = conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who makes a change: an operator, or a command by its name. ``request`` tells from where."""

    actor: Model | str
    request: HttpRequest | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """In clear, to be shown once. Nobody can read it again."""

    clear: str


# FS and FD


@transaction.atomic
def register_client(entry: ClientEntry, *, by: Author, secret: str | None = None) -> NewSecret:
    """Draws a secret when none is brought. The caller has checked the entry."""
    clear = secret or client_secrets.generate()
    row = fill_client(Client(), entry)
    row.client_type = Client.CLIENT_CONFIDENTIAL
    row.authorization_grant_type = Client.GRANT_AUTHORIZATION_CODE
    row.client_secret = client_secrets.hashed(clear)
    _seal_if_needed(row, entry, clear)
    row.save(force_insert=True)
    _audit("client.register", row.client_id, by, after=_told(entry))
    return NewSecret(clear)


@transaction.atomic
def change_client(
    entry: ClientEntry, *, by: Author, now: datetime, secret: str | None = None
) -> NewSecret | None:
    """A new secret comes in, or is drawn when HS256 is chosen while only the hash of the present one is kept."""
    row = _client(entry.client_id)
    before = client_entry(row)
    fill_client(row, entry)
    new = secret or (client_secrets.generate() if _must_draw(row, entry) else None)
    if new is not None:
        _replace_secret(row, entry, new, now)
    if not entry.signs_with_its_secret:
        row.sealed_secret = ""
    row.save()
    if before.is_active and not row.is_active:
        endings.revoke_client(row)
    _audit_change(
        "client.change",
        entry.client_id,
        by,
        _told(before),
        _told(entry, NEW_MASK if new is not None else MASK),
    )
    return NewSecret(new) if new is not None else None


@transaction.atomic
def rotate_secret(client_id: str, *, by: Author, now: datetime) -> NewSecret:
    """The previous secret stays good for seven days, so that the service changes it without interruption."""
    row = _client(client_id)
    clear = client_secrets.generate()
    _replace_secret(row, client_entry(row), clear, now)
    row.save()
    until = now + client_secrets.PREVIOUS_STAYS_GOOD
    _audit(
        "client.rotate_secret",
        client_id,
        by,
        before={"client_secret": MASK},
        after={"client_secret": NEW_MASK, "previous_one_until": until.isoformat()},
    )
    return NewSecret(clear)


@transaction.atomic
def suspend_client(client_id: str, *, by: Author) -> None:
    _set_client_active(client_id, False, "client.suspend", by)


@transaction.atomic
def resume_client(client_id: str, *, by: Author) -> None:
    _set_client_active(client_id, True, "client.resume", by)


@transaction.atomic
def delete_unused_client(client_id: str, *, by: Author) -> None:
    """For one that never served: nothing of the history refers to it."""
    row = _client(client_id)
    entry = client_entry(row)
    row.delete()
    _audit("client.delete", client_id, by, before=as_json(entry))


# FI


@transaction.atomic
def register_provider(
    entry: ProviderEntry,
    *,
    by: Author,
    secret: str | None = None,
    are_domains_judged: bool = False,
) -> None:
    """``are_domains_judged``: with others written in the same transaction. Raises DomainTaken."""
    if not are_domains_judged:
        _judge_domains(entry)
    row = fill_provider(Provider(uid=entry.uid), entry)
    if secret:
        provider_secrets.keep(row, secret)
    row.save(force_insert=True)
    _set_domains(row, entry)
    _set_testers(row, entry)
    _audit("provider.register", entry.uid, by, after=_told(entry))


@transaction.atomic
def change_provider(
    entry: ProviderEntry,
    *,
    by: Author,
    secret: str | None = None,
    are_domains_judged: bool = False,
) -> None:
    """``secret``: None keeps the one there is. Raises DomainTaken."""
    if not are_domains_judged:
        _judge_domains(entry)
    row = _provider(entry.uid)
    before, was_open = provider_entry(row), _is_open(row)
    fill_provider(row, entry)
    is_new = bool(secret) and not provider_secrets.is_the_one_kept(row, secret or "")
    if secret and is_new:
        provider_secrets.keep(row, secret)
    row.save()
    _set_domains(row, entry)
    _set_testers(row, entry)
    if was_open and not _is_open(row):
        _end_sessions_of(row)
    _audit_change("provider.change", entry.uid, by, _told(before), _told(entry, NEW_MASK if is_new else MASK))


@transaction.atomic
def plan_outages(uid: str, outages: Collection[Outage], *, by: Author, now: datetime) -> None:
    """These and no other are to come, or under way. Those that are over stay as they were."""
    row = _provider(uid)
    to_come = row.outages.filter(ends_at__gt=now)
    before = {_outage(each): each.pk for each in to_come}
    to_come.exclude(pk__in=[pk for outage, pk in before.items() if outage in outages]).delete()
    for outage in outages:
        if outage not in before and outage.ends_at > now:
            row.outages.create(message=outage.message, starts_at=outage.starts_at, ends_at=outage.ends_at)
    after = [_outage(each) for each in row.outages.filter(ends_at__gt=now)]
    told_before, told_after = sorted(map(_told_outage, before)), sorted(map(_told_outage, after))
    _audit_change("provider.plan_outages", uid, by, {"outages": told_before}, {"outages": told_after})


@transaction.atomic
def offer_identite(uid: str, domains: Collection[str], *, by: Author) -> None:
    """To the people of these domains and no other, beside the FI that serve them. ``uid``: that of a local FI."""
    row = _provider(uid)
    before = sorted(domain.name for domain in row.domains.all())
    row.domains.exclude(name__in=domains).delete()
    for name in set(domains).difference(before):
        row.domains.create(name=name)
    _audit_change("provider.offer", uid, by, {"email_domains": before}, {"email_domains": sorted(domains)})


@transaction.atomic
def suspend_provider(uid: str, *, by: Author) -> None:
    _set_provider_active(uid, False, "provider.suspend", by)


@transaction.atomic
def resume_provider(uid: str, *, by: Author) -> None:
    """Raises DomainTaken."""
    hold_configuration()  # before the row, as those that change one do
    _judge_domains(replace(provider_entry(_provider(uid)), is_active=True))
    _set_provider_active(uid, True, "provider.resume", by)


@transaction.atomic
def delete_unused_provider(uid: str, *, by: Author) -> None:
    """For one that never served: no identity and nothing of the history refers to it."""
    row = _provider(uid)
    entry = provider_entry(row)
    row.delete()
    _audit("provider.delete", uid, by, before=as_json(entry))


# Rows


def _client(client_id: str) -> Client:
    return Client.objects.select_for_update().get(client_id=client_id)


def _provider(uid: str) -> Provider:
    return Provider.objects.select_for_update().prefetch_related("domains", "testers").get(uid=uid)


def hold_configuration() -> None:
    """Until the end of the transaction: of two that would give one domain to two FI, the second sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def _judge_domains(entry: ProviderEntry) -> None:
    hold_configuration()
    for conflict in conflicts_of(entry):
        raise DomainTaken(conflict)


def conflicts_of(entry: ProviderEntry) -> Iterator[sharing.Conflict]:
    """With what the tables hold now."""
    near = Provider.objects.filter(domains__name__in=entry.email_domains).distinct()
    rows = near.order_by("title").prefetch_related("domains", "testers")
    return sharing.conflicts(entry, map(provider_entry, rows))


def _outage(row: PlannedOutage) -> Outage:
    return Outage(row.message, row.starts_at, row.ends_at)


def _told_outage(outage: Outage) -> str:
    return f"{written(outage.starts_at)} {written(outage.ends_at)} {outage.message}"


def _set_client_active(client_id: str, is_active: bool, action: str, by: Author) -> None:
    row = _client(client_id)
    before = client_entry(row)
    row.is_active = is_active
    row.save(update_fields=["is_active", "updated"])
    if not is_active:
        endings.revoke_client(row)
    _audit_change(action, client_id, by, _told(before), _told(replace(before, is_active=is_active)))


def _set_provider_active(uid: str, is_active: bool, action: str, by: Author) -> None:
    row = _provider(uid)
    before = provider_entry(row)
    row.is_active = is_active
    row.save(update_fields=["is_active", "updated_at"])
    if not is_active:
        _end_sessions_of(row)
    _audit_change(action, uid, by, _told(before), _told(replace(before, is_active=is_active)))


def _is_open(row: Provider) -> bool:
    return provider_record(row).is_open


def _end_sessions_of(row: Provider) -> None:
    endings.end_sessions_of_provider(row.uid, endings.Ending.PROVIDER_CLOSED)


def _must_draw(row: Client, entry: ClientEntry) -> bool:
    return entry.signs_with_its_secret and not row.sealed_secret


def _replace_secret(row: Client, entry: ClientEntry, clear: str, now: datetime) -> None:
    if not client_secrets.is_hash_of(clear, row.client_secret):
        row.previous_secret = row.client_secret
        row.previous_secret_expires_at = now + client_secrets.PREVIOUS_STAYS_GOOD
        row.client_secret = client_secrets.hashed(clear)
    _seal_if_needed(row, entry, clear)


def _seal_if_needed(row: Client, entry: ClientEntry, clear: str) -> None:
    row.sealed_secret = client_secrets.sealed(row.client_id, clear) if entry.signs_with_its_secret else ""


def _set_domains(row: Provider, entry: ProviderEntry) -> None:
    """Rows that stay keep what is known of their proof, which is another's to write: see ``ownership``."""
    held = {domain.name: domain for domain in row.domains.all()}
    wanted = dict.fromkeys(entry.email_domains, True) | dict.fromkeys(entry.extra_email_domains, False)
    ProviderDomain.objects.filter(provider=row).exclude(name__in=wanted).delete()
    for name, is_routed in wanted.items():
        said = {"is_routed": is_routed, "is_shared": name in entry.shared_email_domains}
        if name in held:
            row.domains.filter(name=name).update(**said)
        else:
            row.domains.create(name=name, **said)
    row.refresh_from_db()


def _set_testers(row: Provider, entry: ProviderEntry) -> None:
    wanted = {tester.email: datetime.fromisoformat(tester.until) for tester in entry.acceptance_testers}
    row.testers.exclude(email__in=wanted).delete()
    for email, ends_at in wanted.items():
        AcceptanceTester.objects.update_or_create(provider=row, email=email, defaults={"ends_at": ends_at})


# Audit


def _told(entry: Entry, secret: str = MASK) -> dict[str, Any]:
    return as_json(entry) | {"client_secret": secret}


def _audit_change(
    action: str, target: str, by: Author, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """A form saved as it was leaves no line."""
    if before != after:
        _audit(action, target, by, before=before, after=after)


def _audit(
    action: str,
    target: str,
    by: Author,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit(by.actor, action, target, before=before, after=after, reason=by.reason, request=by.request)
    transaction.on_commit(look_again)
