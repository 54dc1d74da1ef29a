"""The federation's public door: find, register, change, rotate, suspend."""

from federation.registry.records import ClientRecord, ProviderRecord
from federation.registry.snapshot import (
    default_provider,
    find_client,
    find_provider,
    forget,
    look_again,
    provider_secret,
    providers_for,
    version,
)

__all__ = [
    "ClientRecord",
    "ProviderRecord",
    "default_provider",
    "find_client",
    "find_provider",
    "forget",
    "look_again",
    "provider_secret",
    "providers_for",
    "version",
]
