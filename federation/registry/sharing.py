"""A domain leads to one FI, unless all those that claim it say that they share it (pure)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from federation.registry.entries import ProviderEntry


@dataclass(frozen=True, slots=True)
class Conflict:
    domain: str
    other: ProviderEntry


def conflicts(entry: ProviderEntry, all_entries: Iterable[ProviderEntry]) -> Iterator[Conflict]:
    """One per domain and FI. A FI that is not offered, under acceptance for instance, takes nobody's place; nor does
    Identité, which is offered beside a FI wherever it lists the domain, and owns none.
    """
    for other in all_entries:
        if other.uid != entry.uid and _leads_people(entry) and _leads_people(other):
            for domain in entry.email_domains:
                if domain in other.email_domains and not _agree(domain, entry, other):
                    yield Conflict(domain, other)


def _leads_people(entry: ProviderEntry) -> bool:
    return entry.is_offered and bool(entry.issuer)  # without issuer: a local FI


def _agree(domain: str, *entries: ProviderEntry) -> bool:
    return all(domain in entry.shared_email_domains for entry in entries)
