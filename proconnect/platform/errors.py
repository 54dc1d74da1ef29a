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
        cause=_("Une limite de fréquence est atteinte, par personne, par adresse e-mail ou par adresse IP."),
        remedy=_(
            "La personne attend la durée indiquée. "
            "Si toute une administration sort par une seule adresse IP, son administrateur le signale à la "
            "DINUM."
        ),
        status=429,
        contact=Contact.NOBODY,
    )
    BODY_TOO_LARGE = ErrorPage(
        code="Y000413",
        oauth_error="",
        title=_("Envoi trop volumineux"),
        text=_("Ce que vous envoyez dépasse 1 Mo. Réduisez-le, puis recommencez."),
        cause=_("Le corps de la requête dépasse 1 Mo."),
        remedy=_(
            "Le développeur du FS vérifie ce que son formulaire envoie : aucune requête de ProConnect "
            "n’approche cette taille."
        ),
        status=413,
        contact=Contact.NOBODY,
    )
    URL_TOO_LONG = ErrorPage(
        code="Y000414",
        oauth_error="",
        title=_("Adresse trop longue"),
        text=_(
            "L’adresse de cette page est trop longue pour être traitée. Revenez au service et recommencez."
        ),
        cause=_("L’adresse demandée dépasse 8 000 octets, paramètres compris."),
        remedy=_(
            "Le développeur du FS envoie la demande d’autorisation par POST, ou raccourcit `state` et "
            "`claims`."
        ),
        status=414,
        contact=Contact.CLIENT,
    )
    HEADERS_TOO_LARGE = ErrorPage(
        code="Y000431",
        oauth_error="",
        title=_("Demande trop volumineuse"),
        text=_(
            "Votre navigateur envoie trop d’informations. Effacez les cookies de ce site, puis recommencez."
        ),
        cause=_("Les en-têtes de la requête, cookies compris, dépassent 16 Ko."),
        remedy=_(
            "La personne efface les cookies du site. "
            "Si d’autres sont touchées, la DINUM cherche quel composant ajoute des en-têtes."
        ),
        status=431,
    )
    UNAVAILABLE = ErrorPage(
        code="Y000503",
        oauth_error="temporarily_unavailable",
        title=_("Service momentanément indisponible"),
        text=_("ProConnect ne peut pas répondre pour le moment. Réessayez dans quelques instants."),
        cause=_("PostgreSQL ou Redis ne répond pas."),
        remedy=_(
            "La DINUM rétablit le service : son état se lit sur `/readyz`. "
            "Le FS n’a rien à changer : il peut réessayer après le délai de `Retry-After`."
        ),
        status=503,
    )
