"""Every refusal of the federation that a person may read. Codes are public: added, never renumbered."""

from enum import Enum, unique

from proconnect.kernel.error_page import Contact, ErrorPage


def _(text: str) -> str:
    """Marks a msgid; templates and the middleware translate it."""
    return text


@unique
class FederationError(Enum):
    WRONG_REQUEST = ErrorPage(
        code="Y000400",
        oauth_error="invalid_request",
        title=_("Demande incorrecte"),
        text=_(
            "Le service qui vous envoie a fait une demande que ProConnect ne comprend pas : {problem}. "
            "Prévenez ce service."
        ),
        contact=Contact.CLIENT,
    )
    UNKNOWN_CLIENT = ErrorPage(
        code="Y030118",
        oauth_error="invalid_client",
        title=_("Service inconnu"),
        text=_(
            "Le service qui vous envoie n’est pas connu de ProConnect, ou n’est plus en service. "
            "Prévenez ce service."
        ),
        contact=Contact.SUPPORT,
    )
    WRONG_REDIRECT_URI = ErrorPage(
        code="Y030031",
        oauth_error="invalid_request",
        title=_("Adresse de retour inconnue"),
        text=_(
            "Le service « {client} » demande un retour à une adresse qu’il n’a pas déclarée. "
            "Vous ne pouvez rien y faire : prévenez ce service."
        ),
        contact=Contact.CLIENT,
    )
    CLIENT_LOOPS = ErrorPage(
        code="Y030429",
        oauth_error="temporarily_unavailable",
        title=_("Le service vous renvoie sans cesse ici"),
        text=_(
            "« {client} » vous a renvoyé ici plusieurs fois en quelques secondes, sans vous laisser entrer. "
            "Attendez une minute, puis recommencez. Si cela se reproduit, prévenez ce service."
        ),
        status=429,
        contact=Contact.CLIENT,
    )
    WRONG_POST_LOGOUT_REDIRECT_URI = ErrorPage(
        code="Y030111",
        oauth_error="invalid_request",
        title=_("Adresse de retour inconnue"),
        text=_(
            "Le service demande un retour à une adresse qu’il n’a pas déclarée. "
            "Vous pouvez fermer cette page."
        ),
        contact=Contact.CLIENT,
    )
    PROVIDER_DISABLED = ErrorPage(
        code="Y020017",
        title=_("Accès indisponible"),
        text=_(
            "La connexion par « {provider} » est fermée pour le moment. "
            "Réessayez plus tard, ou prévenez votre administration."
        ),
        contact=Contact.PROVIDER,
    )
    PROVIDER_UNKNOWN = ErrorPage(
        code="Y020019",
        title=_("Fournisseur d’identité inconnu"),
        text=_("Le moyen de connexion demandé n’existe pas ou plus. Revenez au service et recommencez."),
        contact=Contact.SUPPORT,
    )
    PROVIDER_TOKEN_CALL_FAILED = ErrorPage(
        code="Y020026",
        oauth_error="invalid_request",
        title=_("Connexion interrompue"),
        text=_(
            "« {provider} » n’a pas confirmé votre connexion. "
            "Recommencez ; si cela persiste, prévenez votre administration."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    PROVIDER_USERINFO_FAILED = ErrorPage(
        code="Y020027",
        title=_("Connexion interrompue"),
        text=_(
            "« {provider} » n’a pas transmis vos informations. "
            "Recommencez ; si cela persiste, prévenez votre administration."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    PROVIDER_TOKEN_INVALID = ErrorPage(
        code="Y020030",
        title=_("Connexion refusée"),
        text=_("La réponse de « {provider} » ne peut pas être vérifiée. Prévenez votre administration."),
        status=502,
        contact=Contact.PROVIDER,
    )
    PROVIDER_DISCOVERY_FAILED = ErrorPage(
        code="Y020031",
        title=_("Service de connexion injoignable"),
        text=_(
            "« {provider} » ne répond pas. Réessayez dans quelques minutes ; "
            "si cela persiste, prévenez votre administration."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    PROVIDER_REFUSED = ErrorPage(
        code="Y020032",
        oauth_error="access_denied",
        title=_("Connexion refusée"),
        text=_(
            "« {provider} » a refusé la connexion ({reason}). "
            "Recommencez ; si cela persiste, prévenez votre administration."
        ),
        contact=Contact.PROVIDER,
    )
    MAIL_CODE_LIMIT = ErrorPage(
        code="Y170001",
        oauth_error="access_denied",
        title=_("Trop de codes"),
        text=_("Trop de codes ont été demandés ou essayés. Patientez quelques minutes, puis recommencez."),
        status=429,
        contact=Contact.SUPPORT,
    )
    MAIL_CODE_WRONG = ErrorPage(
        code="Y170003",
        oauth_error="access_denied",
        title=_("Code refusé"),
        text=_(
            "Ce code est incorrect, expiré ou remplacé. Recopiez celui du dernier e-mail, ou demandez-en un autre."
        ),
        contact=Contact.SUPPORT,
    )
    SESSION_ABSENT = ErrorPage(
        code="Y190001",
        oauth_error="access_denied",
        title=_("Connexion à recommencer"),
        text=_(
            "Cette connexion n’est plus en cours dans ce navigateur. "
            "Retournez sur le service et cliquez de nouveau sur ProConnect."
        ),
        status=401,
        contact=Contact.NOBODY,
    )
    ANSWER_ALREADY_USED = ErrorPage(
        code="Y190012",
        oauth_error="access_denied",
        title=_("Connexion déjà traitée"),
        text=_(
            "Cette réponse a déjà servi, ou vient d’un autre navigateur. "
            "Retournez sur le service et recommencez."
        ),
        status=401,
        contact=Contact.NOBODY,
    )
    NO_PROVIDER = ErrorPage(
        code="Y500001",
        title=_("Accès impossible"),
        text=_(
            "Aucun fournisseur d’identité ne répond pour l’adresse « {email} ». "
            "Vérifiez-la, ou demandez un compte local au service."
        ),
        contact=Contact.NOBODY,
    )
    WRONG_CHOICE = ErrorPage(
        code="Y500002",
        title=_("Choix impossible"),
        text=_(
            "Ce moyen de connexion n’est pas proposé pour votre adresse. "
            "Revenez en arrière et choisissez dans la liste."
        ),
        contact=Contact.NOBODY,
    )
    WRONG_IDENTITY = ErrorPage(
        code="Y500006",
        title=_("Informations incomplètes"),
        text=_(
            "« {provider} » a transmis des informations incomplètes ou incorrectes ({claim}). "
            "Prévenez votre administration."
        ),
        contact=Contact.PROVIDER,
    )
    PRIVATE_SECTOR_REFUSED = ErrorPage(
        code="Y500015",
        oauth_error="access_denied",
        title=_("Accès réservé aux agents publics"),
        text=_(
            "Le service « {client} » est réservé aux agents publics. "
            "Votre organisation, « {organization} », n’est pas reconnue comme telle."
        ),
        contact=Contact.CLIENT,
    )
    ACCOUNT_BLOCKED = ErrorPage(
        code="Y500024",
        oauth_error="access_denied",
        title=_("Compte bloqué"),
        text=_("Votre compte ProConnect est bloqué. Écrivez à l’assistance pour en connaître la raison."),
        contact=Contact.SUPPORT,
    )
    EMAIL_DOMAIN_REFUSED = ErrorPage(
        code="Y500025",
        oauth_error="access_denied",
        title=_("Adresse non admise"),
        text=_(
            "Le service « {client} » n’admet pas les adresses en « {domain} ». Domaines admis : {allowed}."
        ),
        contact=Contact.CLIENT,
    )
    PROVIDER_NOT_ALLOWED = ErrorPage(
        code="Y500026",
        oauth_error="access_denied",
        title=_("Moyen de connexion non admis"),
        text=_("Le service « {client} » n’admet pas la connexion par « {provider} »."),
        contact=Contact.CLIENT,
    )
    PROVIDER_NOT_ENTITLED = ErrorPage(
        code="Y500027",
        title=_("Adresse non reconnue"),
        text=_(
            "« {provider} » n’est pas habilité pour les adresses en « {domain} ». "
            "Prévenez votre administration."
        ),
        contact=Contact.PROVIDER,
    )
