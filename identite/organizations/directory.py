"""The organization_directory contract: what the source says, remembered here for the days it does not answer.

A source that is slow or down holds no sign-in: it is given two seconds, and left alone once it has failed in a row.
"""

from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any

import structlog
from django.utils import timezone

from identite.connectors.establishments import EstablishmentSource, SourceUnavailable, establishment_source
from identite.models import Organization
from proconnect.kernel import outbound
from proconnect.kernel.contracts.organization_directory import DirectoryUnavailable
from proconnect.kernel.organization import FRESH_FOR, OrganizationFacts
from proconnect.kernel.outbound.breaker import Breaker
from proconnect.kernel.siret import Siret

AT_MOST = timedelta(seconds=2)

log = structlog.get_logger("directory")


class Directory:
    def __init__(self, source: EstablishmentSource | None = None) -> None:
        self._source = source or establishment_source()

    def find(self, siret: Siret) -> OrganizationFacts | None:
        """Facts about this establishment, less than a day old when the source answers; ``known_at`` tells their age.
        Raises DirectoryUnavailable."""
        known = Organization.objects.filter(siret=siret.number).first()
        now = timezone.now()
        if known and now - known.fetched_at < FRESH_FOR:
            return from_json(known.facts)
        try:
            facts = _asked(self._source, siret)
        except SourceUnavailable as error:
            return _last_known(known, error)
        return _remember(facts, now=now) if facts else None

    def search(self, words: str, *, limit: int = 10) -> list[OrganizationFacts]:
        """Open establishments by name or postcode, best first. Raises DirectoryUnavailable."""
        try:
            return self._source.search(words, limit=limit)
        except SourceUnavailable as error:
            raise DirectoryUnavailable from error


@cache
def breaker() -> Breaker:
    """The one of this process."""
    return Breaker()


def _asked(source: EstablishmentSource, siret: Siret) -> OrganizationFacts | None:
    """Raises SourceUnavailable, at once while the source is left alone."""
    if not breaker().permits(monotonic()):
        raise SourceUnavailable("it failed too often, its turn comes again soon")
    try:
        with outbound.at_most(AT_MOST):
            facts = source.fetch(siret)
    except BaseException:
        breaker().failed(monotonic())
        raise
    breaker().succeeded()
    return facts


def remembered(siret: str) -> OrganizationFacts:
    """Of an organisation that someone joined, or asked to: asks nobody. Raises Organization.DoesNotExist."""
    return from_json(Organization.objects.get(siret=siret).facts)


def to_json(facts: OrganizationFacts) -> dict[str, Any]:
    return {
        "siret": facts.siret.number,
        "label": facts.label,
        "is_active": facts.is_active,
        "is_diffusible": facts.is_diffusible,
        "legal_category": facts.legal_category,
        "legal_category_label": facts.legal_category_label,
        "activity": facts.activity,
        "headcount_bracket": facts.headcount_bracket,
        "address": facts.address,
        "postcode": facts.postcode,
        "city_code": facts.city_code,
        "contact_email": facts.contact_email,
        "domains": list(facts.domains),
        "known_at": facts.known_at.isoformat(),
    }


def from_json(kept: dict[str, Any]) -> OrganizationFacts:
    facts = kept | {
        "siret": Siret(kept["siret"]),
        "domains": tuple(kept["domains"]),
        "known_at": datetime.fromisoformat(kept["known_at"]),
    }
    return OrganizationFacts(**facts)


def _remember(facts: OrganizationFacts, *, now: datetime) -> OrganizationFacts:
    row = Organization(siret=facts.siret.number, facts=to_json(facts), fetched_at=now)
    Organization.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["siret"], update_fields=["facts", "fetched_at"]
    )
    return facts


def _last_known(known: Organization | None, error: SourceUnavailable) -> OrganizationFacts:
    log.warning("establishment_source_unavailable", error=type(error).__name__, remembered=known is not None)
    if known is None:
        raise DirectoryUnavailable from error
    return from_json(known.facts)
