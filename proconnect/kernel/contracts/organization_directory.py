"""SIRET → what the public registers say. Absent on RIE, where no registry can be reached."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.siret import Siret


class DirectoryUnavailable(Exception):
    """The registers did not answer and nothing is remembered of this SIRET."""


class OrganizationDirectory(Protocol):
    def find(self, siret: Siret) -> OrganizationFacts | None:
        """Facts about this establishment, the last known ones (see their ``known_at``) while the registers do not
        answer; or None when these know none. Raises DirectoryUnavailable."""

    def search(self, words: str, *, limit: int = 10) -> list[OrganizationFacts]:
        """Open establishments by name or postcode, best first. Raises DirectoryUnavailable."""


def organization_directory() -> OrganizationDirectory | None:
    """The directory this deployment is wired to; None on RIE."""
    path = settings.ORGANIZATION_DIRECTORY
    return import_string(path)() if path else None
