"""What a source of establishments answers, and which one this deployment reads."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.siret import Siret


class SourceUnavailable(Exception):
    """It did not answer, or not intelligibly."""


class EstablishmentSource(Protocol):
    def fetch(self, siret: Siret) -> OrganizationFacts | None:
        """None when it knows no such establishment. Raises SourceUnavailable."""

    def search(self, words: str, *, limit: int) -> list[OrganizationFacts]:
        """Open establishments, best first. Raises SourceUnavailable."""


class NotConnected:
    """No source is wired: nobody joins an organisation, and no organisation is known to be public."""

    def fetch(self, siret: Siret) -> OrganizationFacts | None:
        raise SourceUnavailable("no source of establishments is configured")

    def search(self, words: str, *, limit: int) -> list[OrganizationFacts]:
        raise SourceUnavailable("no source of establishments is configured")


def establishment_source() -> EstablishmentSource:
    source: EstablishmentSource = import_string(settings.ESTABLISHMENT_SOURCE)()
    return source
