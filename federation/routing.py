"""E-mail → FI, and which FI may speak for which domain (pure). A domain matches exactly: no sub-domain follows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from federation.registry.records import ClientRecord, Outage, ProviderRecord
from proconnect.kernel.email_address import EmailAddress

ACCEPTANCE_SUFFIX = "+proconnect"
TOLD_BEFORE = timedelta(hours=24)


def candidates(
    serving: Sequence[ProviderRecord], default: ProviderRecord | None
) -> tuple[ProviderRecord, ...]:
    """The FI that serve the domain of an address, the default one last; failing any, the FI of those who have none."""
    if serving:
        last = default.uid if default else None
        return tuple(sorted(serving, key=lambda provider: provider.uid == last))
    return (default,) if default and default.is_open else ()


def without_acceptance_suffix(email: EmailAddress) -> EmailAddress | None:
    """The tester's own address, when this one asks for a FI that is not offered yet."""
    local = email.local.removesuffix(ACCEPTANCE_SUFFIX)
    return replace(email, local=local) if local and local != email.local else None


def in_acceptance_for(
    tester: EmailAddress, hidden: Iterable[ProviderRecord], *, now: datetime
) -> tuple[ProviderRecord, ...]:
    """The FI that this person tests today (S-090)."""
    return tuple(provider for provider in hidden if now < provider.testers.get(str(tester), now))


def outage_to_tell(provider: ProviderRecord, *, now: datetime) -> Outage | None:
    """The first planned one that is under way, or will be within a day."""
    near = [each for each in provider.outages if each.starts_at - TOLD_BEFORE <= now < each.ends_at]
    return min(near, key=lambda each: each.starts_at, default=None)


def may_assert(provider: ProviderRecord, email: EmailAddress, *, is_anothers: bool) -> bool:
    """May this FI send us a person with this address? Identité may: it proves each address by a code. A FI whose list is
    not enforced may too, unless another FI lists the domain (S-076).
    """
    if provider.is_local or email.domain in provider.accepted_domains:
        return True
    return not provider.block_unlisted_domains and not is_anothers


def is_authoritative(provider: ProviderRecord, email: EmailAddress) -> bool:
    """Did this FI prove that it owns the domain? Only then may an address of it join two identities."""
    return not provider.is_local and email.domain in provider.proved_domains


def client_admits_email(client: ClientRecord, email: EmailAddress) -> bool:
    return not client.allowed_email_domains or email.domain in client.allowed_email_domains


def client_admits_provider(client: ClientRecord, provider: ProviderRecord) -> bool:
    return not client.allowed_providers or provider.uid in client.allowed_providers
