"""Refusals of the platform itself: a limit reached, an outage."""

from enum import Enum, unique

from proconnect.kernel.error_page import Contact, ErrorPage


def _(text: str) -> str:
    return text


@unique
class PlatformError(Enum):
    TOO_MANY = ErrorPage(
        code="Y000429",
        oauth_error="temporarily_unavailable",
        title=_("Trop de tentatives"),
        text=_("Vous avez fait trop de tentatives en peu de temps. Patientez {wait}, puis recommencez."),
        status=429,
        contact=Contact.NOBODY,
    )
    UNAVAILABLE = ErrorPage(
        code="Y000503",
        oauth_error="temporarily_unavailable",
        title=_("Service momentanément indisponible"),
        text=_("ProConnect ne peut pas répondre pour le moment. Réessayez dans quelques instants."),
        status=503,
    )
