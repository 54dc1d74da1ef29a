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
        oauth_error="",
        title=_("Demande illisible"),
        text=_("L’adresse ou le formulaire reçu n’est pas valide. Revenez au service et recommencez."),
        cause=_(
            "La requête n’est pas lisible : nom d’hôte inconnu, plus de 100 champs, ou caractères interdits."
        ),
        remedy=_("Le développeur du FS compare l’adresse appelée à celle que publie la découverte OIDC."),
        contact=Contact.CLIENT,
    )
    FORBIDDEN = ErrorPage(
        code="Y000403",
        oauth_error="",
        title=_("Accès refusé"),
        text=_("Votre compte ne donne pas accès à cette page."),
        cause=_(
            "Le compte ouvert n’a pas le droit d’ouvrir cette page, le plus souvent de l’administration."
        ),
        remedy=_("La personne demande ce droit à l’équipe DINUM qui gère les rôles."),
        status=403,
    )
    WRONG_METHOD = ErrorPage(
        code="Y000405",
        oauth_error="",
        title=_("Page à reprendre"),
        text=_("Cette page ne s’ouvre pas directement. Revenez en arrière, puis recommencez."),
        cause=_(
            "La page attend l’envoi d’un formulaire, et son adresse a été ouverte ou rechargée directement."
        ),
        remedy=_(
            "La personne revient en arrière. "
            "Le développeur du FS ne crée de lien que vers les adresses de la découverte OIDC."
        ),
        status=405,
        contact=Contact.NOBODY,
    )
    NOT_FOUND = ErrorPage(
        code="Y000404",
        oauth_error="",
        title=_("Page introuvable"),
        text=_("Cette page n’existe pas ou n’existe plus. Vérifiez l’adresse saisie."),
        cause=_("Aucune page ne porte cette adresse."),
        remedy=_(
            "Le développeur du FS lit les adresses des points d’accès dans la découverte OIDC, et vérifie "
            "l’environnement visé."
        ),
        status=404,
    )
    UNEXPECTED = ErrorPage(
        code="Y000500",
        title=_("Un problème est survenu"),
        text=_("La faute vient de notre site, pas de vous. Réessayez dans quelques minutes."),
        cause=_("ProConnect a rencontré un cas que son code ne prévoit pas."),
        remedy=_(
            "Transmettez l’identifiant de la page à la DINUM, qui retrouve l’incident dans ses journaux et "
            "le corrige."
        ),
        status=500,
    )
    FORM_EXPIRED = ErrorPage(
        code="Y470001",
        title=_("Ce formulaire a expiré"),
        text=_(
            "Pour votre sécurité, cette page ne pouvait plus être envoyée. Revenez en arrière, rechargez la page, "
            "puis recommencez. Votre navigateur doit accepter les cookies."
        ),
        cause=_("Le jeton qui protège le formulaire (CSRF) est absent, périmé ou d’un autre navigateur."),
        remedy=_(
            "La personne recharge la page et accepte les cookies. "
            "Le développeur du FS n’affiche pas ProConnect dans une iframe : ses cookies y sont bloqués."
        ),
        status=403,
    )
