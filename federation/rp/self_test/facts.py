"""What is seen of a FI from here, in less than ``DEADLINE``: its documents, its clock, its domains, its SIRET."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any

from federation import networks
from federation.models import Provider
from federation.networks import Road, road_to
from federation.registry import ProviderRecord, acts, ownership
from federation.registry.described import provider_entry
from federation.registry.proof import Seen
from federation.registry.snapshot import provider_record
from federation.remembered import document_in
from federation.rp import metadata
from federation.rp.metadata import Metadata
from federation.signature import SigningKey
from proconnect.kernel import dns, outbound
from proconnect.kernel.contracts.organization_directory import DirectoryUnavailable, organization_directory
from proconnect.kernel.outbound import OutboundFailure
from proconnect.kernel.siret import Siret

DEADLINE = timedelta(seconds=20)


class Sirets(Enum):
    NONE_GIVEN = auto()
    KNOWN = auto()
    UNKNOWN = auto()
    NOT_ASKED = auto()  # no directory here, or it does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``…_problem``: why what precedes is not there."""

    provider: ProviderRecord
    now: datetime
    has_secret: bool = True
    document: Mapping[str, Any] = field(default_factory=dict)  # discovery; empty for a FI described by hand
    document_problem: str = ""
    known: Metadata | None = None
    known_problem: str = ""
    keys: Sequence[SigningKey] = ()
    keys_problem: str = ""
    clock_drift: timedelta | None = None
    domains: Mapping[str, Seen] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)  # domain → the other FI that serves it
    default_siret: Sirets = Sirets.NONE_GIVEN


def gather(row: Provider, *, now: datetime) -> Facts:
    provider = provider_record(row)
    facts = Facts(provider=provider, now=now, has_secret=bool(provider.sealed_secret))
    # A road of its own: a FI at rest after its failures is looked at all the same.
    road = replace(road_to(provider), name=f"self-test of {provider.uid}")
    with outbound.at_most(DEADLINE):
        facts = _with_document(facts, road) if provider.discovery else _with_what_is_written(facts)
        facts = _with_keys(facts, road)
        return replace(
            facts,
            default_siret=_default_siret(provider),
            taken={each.domain: each.other.title for each in acts.conflicts_of(provider_entry(row))},
            domains=_domains(provider),
        )


def _with_document(facts: Facts, road: Road) -> Facts:
    issuer = facts.provider.issuer
    try:
        answer = networks.get(road, metadata.address_of(issuer), headers={"accept": "application/json"})
        facts = replace(facts, document=document_in(answer), clock_drift=_drift(answer.date))
    except (OutboundFailure, ValueError) as failure:
        return replace(facts, document_problem=str(failure))
    try:
        return replace(facts, known=metadata.read_discovery(dict(facts.document), issuer))
    except ValueError as wrong:
        return replace(facts, known_problem=str(wrong))


def _with_what_is_written(facts: Facts) -> Facts:
    try:
        return replace(facts, known=metadata.by_hand(facts.provider))
    except ValueError as wrong:
        return replace(facts, known_problem=str(wrong))


def _with_keys(facts: Facts, road: Road) -> Facts:
    if facts.known is None or not facts.known.jwks_uri:
        return facts
    try:
        answer = networks.get(road, facts.known.jwks_uri, headers={"accept": "application/json"})
        drift = facts.clock_drift if facts.clock_drift is not None else _drift(answer.date)
        return replace(facts, keys=metadata.read_keys(document_in(answer)), clock_drift=drift)
    except (OutboundFailure, ValueError) as failure:
        return replace(facts, keys_problem=str(failure))


def _drift(date: str) -> timedelta | None:
    """How far the FI's clock is from ours; None when it does not say."""
    try:
        said = parsedate_to_datetime(date)
    except ValueError:
        return None
    return said.replace(tzinfo=said.tzinfo or UTC) - datetime.now(UTC)


def _default_siret(provider: ProviderRecord) -> Sirets:
    directory = organization_directory()
    if not provider.default_siret:
        return Sirets.NONE_GIVEN
    if directory is None:
        return Sirets.NOT_ASKED
    try:
        found = directory.find(Siret.parse(provider.default_siret))
    except DirectoryUnavailable:
        return Sirets.NOT_ASKED
    return Sirets.KNOWN if found else Sirets.UNKNOWN


def _domains(provider: ProviderRecord) -> dict[str, Seen]:
    """The time left bounds them all; those it does not reach are unknown."""
    seen = dict.fromkeys(sorted(provider.accepted_domains), Seen.UNKNOWN)
    for domain in seen:
        if outbound.seconds_left() > dns.DEADLINE.total_seconds():
            seen[domain] = ownership.look(provider.uid, domain)
    return seen
