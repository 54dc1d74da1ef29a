"""The federation's public door: find, register, change, rotate, suspend."""

from federation.registry.acts import (
    Author,
    DomainTaken,
    NewSecret,
    change_client,
    change_provider,
    register_client,
    register_provider,
    resume_client,
    resume_provider,
    rotate_secret,
    suspend_client,
    suspend_provider,
)
from federation.registry.entries import ClientEntry, ProviderEntry
from federation.registry.records import ClientRecord, ProviderRecord
from federation.registry.snapshot import (
    default_provider,
    find_client,
    find_provider,
    forget,
    look_again,
    provider_secret,
    providers_for,
    providers_in_acceptance,
    routed_domains,
    version,
)

__all__ = [
    "Author",
    "ClientEntry",
    "ClientRecord",
    "DomainTaken",
    "NewSecret",
    "ProviderEntry",
    "ProviderRecord",
    "change_client",
    "change_provider",
    "default_provider",
    "find_client",
    "find_provider",
    "forget",
    "look_again",
    "provider_secret",
    "providers_for",
    "providers_in_acceptance",
    "register_client",
    "register_provider",
    "resume_client",
    "resume_provider",
    "rotate_secret",
    "routed_domains",
    "suspend_client",
    "suspend_provider",
    "version",
]
