"""Which domains a FI owns: a TXT record at the domain itself says so. Looked at when asked, then every day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from federation.models import Provider, ProviderDomain
from federation.registry import proof
from federation.registry.acts import Author
from federation.registry.proof import Event, Proof, Seen
from federation.registry.snapshot import look_again
from federation.traces import Trace
from proconnect.kernel import dns
from proconnect.kernel.traces import record
from proconnect.platform import outbox
from proconnect.platform.audit import audit
from proconnect.platform.mail import send_mail_later

PREFIX = "proconnect-identity-provider-"
LOOKED_AT_EVERY = timedelta(hours=23)  # by a chore run every hour: once a day
BATCH = 100  # domains, written at once: each writing makes every process read FI anew
BATCH_LASTS = timedelta(seconds=10)  # at most, one question apart
CHECK_SOME = "federation.check_domains"  # the outbox's task

DAILY = Author(actor="manage.py housekeeping")
TRACES = {
    Event.PROVED: Trace.DOMAIN_PROVED,
    Event.WENT_MISSING: Trace.DOMAIN_PROOF_MISSING,
    Event.CAME_BACK: Trace.DOMAIN_PROOF_BACK,
    Event.LAPSED: Trace.DOMAIN_PROOF_LAPSED,
}
MAILS = {
    Event.WENT_MISSING: "federation/domain_proof_missing",
    Event.LAPSED: "federation/domain_proof_lapsed",
}


def record_to_publish(uid: UUID) -> str:
    return f"{PREFIX}{uid}"


def look(uid: UUID, domain: str) -> Seen:
    try:
        texts = dns.txt(domain)
    except dns.DnsUnavailable:
        return Seen.UNKNOWN
    published = {text.strip().lower() for text in texts}
    return Seen.FOUND if record_to_publish(uid) in published else Seen.ABSENT


def prove(uid: UUID, *, by: Author, now: datetime) -> dict[str, Seen]:
    """Look at each domain of this FI, and write what follows. Those that ``BATCH_LASTS`` does not reach are unknown."""
    ends_at = monotonic() + BATCH_LASTS.total_seconds()
    rows = ProviderDomain.objects.filter(provider_id=uid).order_by("name")
    held = dict(rows.values_list("name", "pk"))
    seen = {name: look(uid, name) if monotonic() < ends_at else Seen.UNKNOWN for name in held}
    _settle({held[name]: sight for name, sight in seen.items()}, by, now)
    return seen


# Every day


def ask_for_checks() -> None:
    """A chore. One hour's task is asked for once, on however many machines."""
    now = timezone.now()
    if dns.is_asked() and _due(now).exists():
        outbox.enqueue(CHECK_SOME, {"after": 0}, key=f"{CHECK_SOME} {now:%Y-%m-%dT%H}")


@outbox.task(CHECK_SOME)
def check_some(payload: dict[str, Any]) -> None:
    """The next domains that are due, by their key: those the DNS says nothing of hold none of the others back."""
    now, ends_at = timezone.now(), monotonic() + BATCH_LASTS.total_seconds()
    seen: dict[int, Seen] = {}
    for domain in _due(now).filter(pk__gt=payload["after"]).order_by("pk")[:BATCH]:
        seen[domain.pk] = look(domain.provider_id, domain.name)
        if monotonic() > ends_at:
            break
    if seen:
        _settle(seen, DAILY, now)
        outbox.enqueue(CHECK_SOME, {"after": max(seen)})


def _due(now: datetime) -> QuerySet[ProviderDomain]:
    of_remote_ones = ProviderDomain.objects.filter(provider__is_active=True).exclude(provider__issuer="")
    return of_remote_ones.filter(Q(checked_at=None) | Q(checked_at__lt=now - LOOKED_AT_EVERY))


# What follows


@transaction.atomic
def _settle(seen: Mapping[int, Seen], by: Author, now: datetime) -> None:
    """Those whose proof stays as it is are written in one statement."""
    known = [pk for pk, sight in seen.items() if sight is not Seen.UNKNOWN]
    to_write: dict[tuple[Provider, Event], list[ProviderDomain]] = {}
    rows = ProviderDomain.objects.select_for_update(of=("self",)).select_related("provider")
    for domain in rows.filter(pk__in=known).order_by("pk"):
        held = Proof(domain.proved_at, domain.proof_missing_since)
        kept, event = proof.after(held, seen[domain.pk], now)
        if event:
            domain.proved_at, domain.proof_missing_since = kept.proved_at, kept.missing_since
            domain.save(update_fields=["proved_at", "proof_missing_since"])
            _tell(domain, event, held, kept, by)
            to_write.setdefault((domain.provider, event), []).append(domain)
    if known:
        ProviderDomain.objects.filter(pk__in=known).update(checked_at=now)
    for (provider, event), domains in to_write.items():
        _write_to_those_concerned(provider, event, domains, now + proof.GRACE)
    transaction.on_commit(look_again)


def _tell(domain: ProviderDomain, event: Event, before: Proof, now: Proof, by: Author) -> None:
    uid = domain.provider_id
    record(TRACES[event], provider=uid, domain=domain.name)
    audit(
        by.actor,
        f"provider.domain_{event.name.lower()}",
        str(uid),
        before={"domain": None, **_told(before)},
        after={"domain": domain.name, **_told(now)},
        reason=by.reason,
        request=by.request,
    )


def _told(held: Proof) -> dict[str, str | None]:
    return {
        "proved_at": held.proved_at.isoformat() if held.proved_at else None,
        "proof_missing_since": held.missing_since.isoformat() if held.missing_since else None,
    }


def _write_to_those_concerned(
    provider: Provider, event: Event, domains: Sequence[ProviderDomain], lapses_at: datetime
) -> None:
    """One mail for all the domains that one look found so."""
    if event not in MAILS:
        return
    context = {
        "title": provider.title,
        "domains": [domain.name for domain in domains],
        "record": record_to_publish(provider.uid),
        "lapses_at": lapses_at,
    }
    for address in filter(None, (provider.support_email, settings.ENV.support_email)):
        send_mail_later(MAILS[event], address, context)
