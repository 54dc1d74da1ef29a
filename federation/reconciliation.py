"""(FI, FI's sub) → Account. The e-mail never is a key; it only joins two identities where the FI proved the domain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from federation import routing
from federation.models import Account, AccountLink
from federation.registry.records import ProviderRecord
from federation.traces import Trace
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.traces import record

SEEN_EVERY = timedelta(days=1)  # no need to write at each login when a person was last seen


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of the person a FI asserts; ``link`` is None when another FI opened the account."""

    account: Account
    link: AccountLink | None

    @property
    def is_blocked(self) -> bool:
        return self.account.is_blocked


def find(
    provider: ProviderRecord, identity: AssertedIdentity, *, default: ProviderRecord | None
) -> Known | None:
    """Who this is, or None for somebody never seen. Reads only."""
    link = _link_of(provider, identity)
    if link:
        return Known(link.account, link)
    email = EmailAddress.parse(identity.email)
    if default is None or not routing.is_authoritative(provider, email):
        return None
    theirs = (
        AccountLink.objects.select_related("account")
        .filter(provider_id=default.uid, email=str(email))
        .order_by("-seen_at")
        .first()
    )
    return Known(theirs.account, None) if theirs else None


def settle(
    known: Known | None, provider: ProviderRecord, identity: AssertedIdentity, *, now: datetime
) -> UUID:
    """Write what this login teaches about the person; answer their ``sub``. Belongs in the caller's transaction."""
    if known and known.link:
        _refresh(known.account, known.link, identity, now)
        return known.account.sub
    try:
        with transaction.atomic():
            return _link(known.account if known else None, provider, identity, now)
    except IntegrityError:  # the same person finished in another tab an instant ago
        link = _link_of(provider, identity)
        if link is None:
            raise
        return link.account_id


def _link_of(provider: ProviderRecord, identity: AssertedIdentity) -> AccountLink | None:
    links = AccountLink.objects.select_related("account")
    return links.filter(provider_id=provider.uid, provider_sub=identity.sub).first()


def _link(
    account: Account | None, provider: ProviderRecord, identity: AssertedIdentity, now: datetime
) -> UUID:
    event = Trace.ACCOUNT_LINKED if account else Trace.ACCOUNT_CREATED
    account = account or Account.objects.create(last_connection_at=now)
    AccountLink.objects.create(
        account=account,
        provider_id=provider.uid,
        provider_sub=identity.sub,
        email=identity.email,
        seen_at=now,
    )
    record(event, sub=account.sub, provider=provider.uid)
    return account.sub


def _refresh(account: Account, link: AccountLink, identity: AssertedIdentity, now: datetime) -> None:
    seen_lately = link.seen_at is not None and now - link.seen_at < SEEN_EVERY
    if seen_lately and link.email == identity.email:
        return
    AccountLink.objects.filter(pk=link.pk).update(email=identity.email, seen_at=now)
    Account.objects.filter(pk=account.pk).update(last_connection_at=now)
