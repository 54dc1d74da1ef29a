"""Failures that no app raises: they come from Django, the server or the limits of a request."""

from enum import Enum, unique

from proconnect.kernel.error_page import Contact, ErrorPage


def _(text: str) -> str:
    """Marks a msgid; the middleware translates it."""
    return text


@unique
class SiteError(Enum):
    UNREADABLE = ErrorPage(
        code="Y000402",
        title=_("Demande illisible"),
        text=_("L’adresse ou le formulaire reçu n’est pas valide. Revenez au service et recommencez."),
        oauth_error="invalid_request",
    )
    FORBIDDEN = ErrorPage(
        code="Y000403",
        title=_("Accès refusé"),
        text=_("Votre compte ne donne pas accès à cette page."),
        status=403,
    )
    WRONG_METHOD = ErrorPage(
        code="Y000405",
        title=_("Page à reprendre"),
        text=_("Cette page ne s’ouvre pas directement. Revenez en arrière, puis recommencez."),
        status=405,
        contact=Contact.NOBODY,
    )
    NOT_FOUND = ErrorPage(
        code="Y000404",
        title=_("Page introuvable"),
        text=_("Cette page n’existe pas ou n’existe plus. Vérifiez l’adresse saisie."),
        status=404,
    )
    UNEXPECTED = ErrorPage(
        code="Y000500",
        title=_("Un problème est survenu"),
        text=_("La faute vient de notre site, pas de vous. Réessayez dans quelques minutes."),
        status=500,
    )
    FORM_EXPIRED = ErrorPage(
        code="Y470001",
        title=_("Ce formulaire a expiré"),
        text=_(
            "Pour votre sécurité, cette page ne pouvait plus être envoyée. Revenez en arrière, rechargez la page, "
            "puis recommencez. Votre navigateur doit accepter les cookies."
        ),
        status=403,
    )
