"""E-mail → FI, and which FI may speak for which domain (pure). A domain matches exactly: no sub-domain follows."""

from collections.abc import Sequence

from federation.registry.records import ClientRecord, ProviderRecord
from proconnect.kernel.email_address import EmailAddress


def candidates(
    serving: Sequence[ProviderRecord], default: ProviderRecord | None
) -> tuple[ProviderRecord, ...]:
    """The FI that serve the domain of an address; failing any, the FI of those who have none."""
    if serving:
        return tuple(serving)
    return (default,) if default and default.is_open else ()


def may_assert(provider: ProviderRecord, email: EmailAddress) -> bool:
    """May this FI send us a person with this address? Identité may: it proves each address by a code."""
    return (
        provider.is_local or not provider.block_unlisted_domains or email.domain in provider.accepted_domains
    )


def is_authoritative(provider: ProviderRecord, email: EmailAddress) -> bool:
    """Did this FI prove that it owns the domain? Only then may an address of it join two identities."""
    return not provider.is_local and email.domain in provider.proved_domains


def client_admits_email(client: ClientRecord, email: EmailAddress) -> bool:
    return not client.allowed_email_domains or email.domain in client.allowed_email_domains


def client_admits_provider(client: ClientRecord, provider: ProviderRecord) -> bool:
    return not client.allowed_providers or provider.uid in client.allowed_providers
