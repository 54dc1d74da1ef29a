"""What a FS is told of the person's organisation: its label, and the roles that its nature gives.

RIE serves public agents alone, and reaches no register.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from federation.traces import Trace
from proconnect.kernel.contracts.organization_directory import DirectoryUnavailable, organization_directory
from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.siret import Siret
from proconnect.kernel.traces import record
from proconnect.settings.env import Network


@dataclass(frozen=True, slots=True)
class Told:
    label: str
    roles: tuple[str, ...]
    is_unverified: bool = False  # the registers do not answer: another day there might be roles


NOTHING_KNOWN = Told("", ())
UNVERIFIED = Told("", (), is_unverified=True)
ON_RIE = Told("", ("agent_public",))


def of(siret: str, *, now: datetime) -> Told:
    """While the registers do not answer, what they last said, with a trace of its age; no role for an organisation
    they never spoke of."""
    if settings.ENV.network is Network.RIE:
        return ON_RIE
    try:
        facts = _facts(siret)
    except DirectoryUnavailable:
        return UNVERIFIED
    if facts is None:
        return NOTHING_KNOWN
    if not facts.is_fresh(now):
        record(Trace.ORGANIZATION_FACTS_OLD, siret=siret, days=(now - facts.known_at).days)
    return told(facts, now=now, is_strict=settings.ENV.strict_organization_facts)


def told(facts: OrganizationFacts, *, now: datetime, is_strict: bool) -> Told:
    """``is_strict``: a role is given on facts of less than a day alone."""
    if is_strict and not facts.is_fresh(now):
        return Told(facts.label, (), is_unverified=True)
    return Told(facts.label, facts.roles)


def _facts(siret: str) -> OrganizationFacts | None:
    """Raises DirectoryUnavailable."""
    directory = organization_directory()
    try:
        return directory.find(Siret.parse(siret)) if directory and siret else None
    except ValueError:
        return None
