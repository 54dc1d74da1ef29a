"""(FI, FI's sub) → Account. The e-mail never is a key; it only joins two identities where the FI proved the domain.

The rules, in French: docs/regles/reconciliation.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from federation import holder, routing
from federation.models import Account, AccountLink, ProviderDomain
from federation.registry.records import ProviderRecord
from federation.traces import Trace
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.traces import record
from proconnect.platform.audit import audit

SEEN_EVERY = timedelta(days=1)  # no need to write at each login when a person was last seen
ACTOR = "federation"


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of the person a FI asserts; ``link`` is None when another FI opened the account."""

    account: Account
    link: AccountLink | None
    is_disputed: bool = False  # the FI seems to have given this sub to somebody else

    @property
    def is_blocked(self) -> bool:
        return self.account.is_blocked


def find(
    provider: ProviderRecord, identity: AssertedIdentity, *, default: ProviderRecord | None
) -> Known | None:
    """Who this is, or None for somebody never seen. Reads only."""
    link = _link_of(provider, identity)
    if link:
        return Known(link.account, link, is_disputed=_is_disputed(link, provider, identity))
    theirs = _account_to_join(provider, EmailAddress.parse(identity.email), default)
    return Known(theirs, None) if theirs else None


def settle(
    known: Known | None, provider: ProviderRecord, identity: AssertedIdentity, *, now: datetime
) -> UUID:
    """Write what this login teaches about the person; answer their ``sub``. Belongs in the caller's transaction."""
    if known and known.link:
        _refresh(known.account, known.link, provider, identity, now)
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


def _is_disputed(link: AccountLink, provider: ProviderRecord, identity: AssertedIdentity) -> bool:
    """Another name or another address alone is the same person's: a wedding, a move. Identité gives no sub twice."""
    if link.disputed_at:
        return True
    is_another_name = bool(link.holder) and not holder.is_same(link.holder, identity)
    return is_another_name and link.email != identity.email and not provider.is_local


# Joining


def _account_to_join(
    provider: ProviderRecord, email: EmailAddress, default: ProviderRecord | None
) -> Account | None:
    """Opened at Identité with this address, by one person alone, and not yet known by this FI."""
    if default is None or not is_entitled(provider, email):
        return None
    opened = Account.objects.filter(links__provider=default.uid, links__email=str(email)).distinct()[:2]
    if len(opened) != 1 or _is_known_to(provider, opened[0], str(email)):
        return None
    return opened[0]


def is_entitled(provider: ProviderRecord, email: EmailAddress) -> bool:
    """This FI proved the domain, and no other FI in service did (S-078)."""
    if not routing.is_authoritative(provider, email):
        return False
    others = ProviderDomain.objects.exclude(provider=provider.uid).filter(provider__is_active=True)
    return not others.filter(name=email.domain, proved_at__isnull=False).exists()


def _is_known_to(provider: ProviderRecord, account: Account, email: str) -> bool:
    """Under another sub: joining would give somebody the account, or the address, of another."""
    links = AccountLink.objects.filter(provider=provider.uid)
    return links.filter(email=email).exists() or links.filter(account=account).exists()


def _link(
    account: Account | None, provider: ProviderRecord, identity: AssertedIdentity, now: datetime
) -> UUID:
    joined = _locked_unless_known(account, provider, identity) if account else None
    account = joined or Account.objects.create(last_connection_at=now)
    _report_address_of_another(account, provider, identity)
    AccountLink.objects.create(
        account=account,
        provider_id=provider.uid,
        provider_sub=identity.sub,
        email=identity.email,
        holder=holder.of(identity),
        seen_at=now,
    )
    if joined:
        _audit_join(joined, provider, identity)
    record(Trace.ACCOUNT_LINKED if joined else Trace.ACCOUNT_CREATED, sub=account.sub, provider=provider.uid)
    return account.sub


def _locked_unless_known(
    account: Account, provider: ProviderRecord, identity: AssertedIdentity
) -> Account | None:
    """Of two subs that claim one account at the same instant, one gets it."""
    locked = Account.objects.select_for_update().get(pk=account.pk)
    return None if _is_known_to(provider, locked, identity.email) else locked


def _audit_join(account: Account, provider: ProviderRecord, identity: AssertedIdentity) -> None:
    before = account.links.exclude(provider=provider.uid).exclude(holder="").order_by("-seen_at").first()
    told = {"provider": str(provider.uid), "domain": identity.email.rpartition("@")[2]}
    names = {"same_names": holder.is_same(before.holder, identity)} if before else {}
    audit(ACTOR, "account.link", str(account.sub), after=told | names)


# What each login teaches


def _refresh(
    account: Account, link: AccountLink, provider: ProviderRecord, identity: AssertedIdentity, now: datetime
) -> None:
    names = holder.of(identity)
    seen_lately = link.seen_at is not None and now - link.seen_at < SEEN_EVERY
    if seen_lately and (link.email, link.holder) == (identity.email, names):
        return
    if link.email != identity.email:
        _report_address_of_another(account, provider, identity)
    AccountLink.objects.filter(pk=link.pk).update(email=identity.email, holder=names, seen_at=now)
    Account.objects.filter(pk=account.pk).update(last_connection_at=now)


def _report_address_of_another(
    account: Account, provider: ProviderRecord, identity: AssertedIdentity
) -> None:
    """A FI that gives one person's address to another sub, or a new sub to the same person: two accounts, always."""
    links = AccountLink.objects.filter(provider=provider.uid, email=identity.email)
    holders = [str(link.account_id) for link in links.exclude(account=account)[:10]]
    if holders:
        record(Trace.EMAIL_OF_ANOTHER, sub=account.sub, provider=provider.uid)
        told = {"provider": str(provider.uid), "accounts_with_this_address": holders}
        audit(ACTOR, "account.email_of_another", str(account.sub), after=told)


# Disputes: one sub of a FI, and apparently two people


def dispute(known: Known, provider: ProviderRecord, *, now: datetime) -> None:
    """Told once: the sub serves nobody until the team has settled whose it is."""
    assert known.link is not None
    with transaction.atomic():
        if AccountLink.objects.filter(pk=known.link.pk, disputed_at=None).update(disputed_at=now):
            record(Trace.IDENTITY_DISPUTED, sub=known.account.sub, provider=provider.uid)
            audit(ACTOR, "account.dispute", str(known.account.sub), after={"provider": str(provider.uid)})
