"""Every refusal of Identité that a person may read on a page. Codes are public: added, never renumbered."""

from enum import Enum, unique

from proconnect.kernel.error_page import Contact, ErrorPage


def _(text: str) -> str:
    """Marks a msgid; the middleware translates it."""
    return text


@unique
class IdentiteError(Enum):
    SIGN_IN_ABSENT = ErrorPage(
        code="Y480001",
        oauth_error="access_denied",
        title=_("Connexion à recommencer"),
        text=_(
            "Cette connexion est terminée, ou a commencé dans un autre navigateur. "
            "Retournez sur le service et cliquez de nouveau sur ProConnect."
        ),
        cause=_(
            "Le passage chez ProConnect Identité est terminé, a expiré, ou a commencé dans un autre "
            "navigateur. "
            "Un favori posé sur la page de connexion ou un retour en arrière en sont les causes ordinaires."
        ),
        remedy=_(
            "La personne repart du service. "
            "Le développeur du FS lie son bouton à sa propre page de départ, jamais à une page de "
            "ProConnect."
        ),
        status=401,
        contact=Contact.NOBODY,
    )
    ACCOUNT_CLOSED = ErrorPage(
        code="Y480002",
        oauth_error="access_denied",
        title=_("Compte fermé"),
        text=_("Ce compte ProConnect est fermé. Écrivez à l’assistance pour en connaître la raison."),
        cause=_("Le compte de la personne chez ProConnect Identité a été fermé par la DINUM."),
        remedy=_(
            "La personne écrit à l’assistance. "
            "La DINUM rouvre le compte si la raison de la fermeture n’existe plus."
        ),
        status=403,
    )
    RESET_LINK_DEAD = ErrorPage(
        code="Y480003",
        title=_("Lien expiré"),
        text=_(
            "Ce lien a déjà servi, a plus d’une heure, ou un lien plus récent l’a remplacé. "
            "Retournez sur le service et redemandez un lien."
        ),
        cause=_("Le lien de mot de passe oublié a servi, a expiré, ou un plus récent l’a remplacé."),
        remedy=_("La personne demande un nouveau lien et ouvre le dernier e-mail reçu."),
        contact=Contact.NOBODY,
    )
