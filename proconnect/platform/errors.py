"""Refusals of the platform itself: a limit reached, a request too large, an outage."""

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
    BODY_TOO_LARGE = ErrorPage(
        code="Y000413",
        title=_("Envoi trop volumineux"),
        text=_("Ce que vous envoyez dépasse 1 Mo. Réduisez-le, puis recommencez."),
        status=413,
        contact=Contact.NOBODY,
    )
    URL_TOO_LONG = ErrorPage(
        code="Y000414",
        title=_("Adresse trop longue"),
        text=_(
            "L’adresse de cette page est trop longue pour être traitée. Revenez au service et recommencez."
        ),
        status=414,
    )
    HEADERS_TOO_LARGE = ErrorPage(
        code="Y000431",
        title=_("Demande trop volumineuse"),
        text=_(
            "Votre navigateur envoie trop d’informations. Effacez les cookies de ce site, puis recommencez."
        ),
        status=431,
    )
    UNAVAILABLE = ErrorPage(
        code="Y000503",
        oauth_error="temporarily_unavailable",
        title=_("Service momentanément indisponible"),
        text=_("ProConnect ne peut pas répondre pour le moment. Réessayez dans quelques instants."),
        status=503,
    )
