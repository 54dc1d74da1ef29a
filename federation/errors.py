"""Every refusal of the federation: pages a person may read, then OAuth errors a FS receives. Codes are public: added,
never renumbered.
"""

from enum import Enum, unique

from proconnect.kernel.error_page import Contact, ErrorPage, ServiceError


def _(text: str) -> str:
    """Marks a msgid; templates and the middleware translate it."""
    return text


@unique
class FederationError(Enum):
    WRONG_REQUEST = ErrorPage(
        code="Y000400",
        oauth_error="",
        title=_("Demande incorrecte"),
        text=_(
            "Le service qui vous envoie a fait une demande que ProConnect ne comprend pas : {problem}. "
            "Prévenez ce service."
        ),
        cause=_(
            "Un paramètre manque, est donné deux fois ou n’est pas lisible. "
            "L’adresse de retour n’étant pas encore sûre, l’erreur s’affiche ici et ne part pas vers le FS."
        ),
        remedy=_("Le développeur du FS corrige le paramètre nommé sur la page."),
        contact=Contact.CLIENT,
    )
    UNKNOWN_CLIENT = ErrorPage(
        code="Y030118",
        oauth_error="",
        title=_("Service inconnu"),
        text=_(
            "Le service qui vous envoie n’est pas connu de ProConnect, ou n’est plus en service. "
            "Prévenez ce service."
        ),
        cause=_("Aucun FS en service ne porte ce `client_id` dans cet environnement."),
        remedy=_(
            "Le développeur du FS vérifie `client_id` et l’environnement (intégration, production, RIE). "
            "La DINUM remet en service un FS suspendu."
        ),
        contact=Contact.SUPPORT,
    )
    WRONG_REDIRECT_URI = ErrorPage(
        code="Y030031",
        oauth_error="",
        title=_("Adresse de retour inconnue"),
        text=_(
            "Le service « {client} » demande un retour à une adresse qu’il n’a pas déclarée. "
            "Vous ne pouvez rien y faire : prévenez ce service."
        ),
        cause=_(
            "`redirect_uri` n’est pas, à l’octet près, une adresse enregistrée pour ce FS. "
            "Une barre finale, un port, la casse ou `http` au lieu de `https` suffisent à la distinguer."
        ),
        remedy=_(
            "Le développeur du FS envoie l’adresse enregistrée, ou fait enregistrer la nouvelle par la DINUM."
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
        cause=_(
            "Le même navigateur est revenu plus de 5 fois en 30 secondes du même FS. "
            "Le FS reçoit une réponse, la refuse, puis relance aussitôt une connexion."
        ),
        remedy=_(
            "Le développeur du FS affiche une page d’erreur au lieu de relancer la connexion. "
            "Il vérifie que sa session survit au retour : cookie `Secure`, `SameSite=Lax`, `state` "
            "retrouvé."
        ),
        status=429,
        contact=Contact.CLIENT,
    )
    WRONG_POST_LOGOUT_REDIRECT_URI = ErrorPage(
        code="Y030111",
        oauth_error="",
        title=_("Adresse de retour inconnue"),
        text=_(
            "Le service demande un retour à une adresse qu’il n’a pas déclarée. "
            "Vous pouvez fermer cette page."
        ),
        cause=_("`post_logout_redirect_uri` n’est pas, à l’octet près, une adresse enregistrée pour ce FS."),
        remedy=_(
            "Le développeur du FS envoie l’adresse enregistrée, avec `id_token_hint` ou `client_id`. "
            "Sinon il fait enregistrer la nouvelle adresse par la DINUM."
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
        cause=_("Le FI est désactivé, ou n’est pas ouvert sur ce réseau."),
        remedy=_(
            "L’administrateur du FI demande à la DINUM de le rouvrir. "
            "Le développeur du FS retire ce FI de `idp_hint`."
        ),
        contact=Contact.PROVIDER,
    )
    PROVIDER_UNKNOWN = ErrorPage(
        code="Y020019",
        title=_("Fournisseur d’identité inconnu"),
        text=_("Le moyen de connexion demandé n’existe pas ou plus. Revenez au service et recommencez."),
        cause=_("Le FI choisi a été retiré du registre pendant la connexion, ou manque à ce déploiement."),
        remedy=_("La DINUM vérifie le registre des FI et `DEFAULT_PROVIDER`."),
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
        cause=_("L’échange du code avec le FI a échoué : réseau, secret, code ou `state`."),
        remedy=_(
            "L’administrateur du FI lit ses journaux à l’heure indiquée : authentification du client, "
            "`redirect_uri`, code. "
            "La DINUM vérifie le secret et la méthode enregistrés pour ce FI."
        ),
        contact=Contact.PROVIDER,
    )
    PROVIDER_USERINFO_FAILED = ErrorPage(
        code="Y020027",
        title=_("Connexion interrompue"),
        text=_(
            "« {provider} » n’a pas transmis vos informations. "
            "Recommencez ; si cela persiste, prévenez votre administration."
        ),
        cause=_(
            "Le point userinfo du FI n’a pas répondu, ou pas dans la forme convenue. "
            "Une réponse non signée, mal signée, ou au sujet d’un autre `sub` est refusée."
        ),
        remedy=_(
            "L’administrateur du FI vérifie la signature, `aud`, `iss` et `sub` de la réponse. "
            "La DINUM vérifie l’algorithme enregistré pour ce FI."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    PROVIDER_NAMED_NOBODY = ErrorPage(
        code="Y020029",
        title=_("Connexion refusée"),
        text=_("« {provider} » n’a pas dit qui vous êtes. Prévenez votre administration."),
        cause=_(
            "`sub` manque dans l’ID token ou dans userinfo, ou n’est pas un texte ASCII de 1 à 256 signes."
        ),
        remedy=_(
            "L’administrateur du FI envoie le même `sub`, stable et propre à la personne, aux deux endroits."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    PROVIDER_TOKEN_INVALID = ErrorPage(
        code="Y020030",
        title=_("Connexion refusée"),
        text=_("La réponse de « {provider} » ne peut pas être vérifiée. Prévenez votre administration."),
        cause=_(
            "L’ID token du FI ne passe pas une vérification d’OIDC Core 3.1.3.7 : signature, `iss`, `aud`, "
            "`nonce`, dates."
        ),
        remedy=_(
            "L’administrateur du FI met ses serveurs à l’heure et vérifie les clés qu’il publie. "
            "La DINUM lit dans ses journaux le nom de la vérification qui a échoué."
        ),
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
        cause=_("Les métadonnées ou les clés du FI n’ont pas pu être lues."),
        remedy=_(
            "L’administrateur du FI vérifie que sa découverte OIDC et son JWKS répondent, et que leur "
            "`issuer` est exact. "
            "La DINUM vérifie l’adresse enregistrée et la route réseau."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    PROVIDER_REFUSED = ErrorPage(
        code="Y020032",
        oauth_error="invalid_request",
        title=_("Connexion refusée"),
        text=_(
            "« {provider} » a refusé la connexion ({reason}). "
            "Recommencez ; si cela persiste, prévenez votre administration."
        ),
        cause=_("Le FI a renvoyé une erreur OAuth à la place d’un code, `invalid_scope` compris."),
        remedy=_(
            "L’administrateur du FI cherche cette erreur dans ses journaux, à l’heure indiquée. "
            "La DINUM compare les scopes demandés à ceux que le FI accepte."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    MAIL_CODE_LIMIT = ErrorPage(
        code="Y170001",
        oauth_error="access_denied",
        title=_("Trop de codes"),
        text=_("Trop de codes ont été demandés ou essayés. Patientez quelques minutes, puis recommencez."),
        cause=_(
            "Trop de codes ont été demandés ou essayés pour cette adresse ou depuis cette adresse IP. "
            "Le message s’affiche sur la page du code."
        ),
        remedy=_("La personne attend la durée indiquée. Si elle n’a rien demandé, elle prévient la DINUM."),
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
        cause=_(
            "Le code tapé est faux, a expiré après 10 minutes, ou un plus récent le remplace. "
            "Le message s’affiche sur la page du code."
        ),
        remedy=_("La personne recopie le code du dernier e-mail, ou en demande un autre."),
        contact=Contact.NOBODY,
    )
    SESSION_ABSENT = ErrorPage(
        code="Y190001",
        oauth_error="access_denied",
        title=_("Connexion à recommencer"),
        text=_(
            "Cette connexion n’est plus en cours dans ce navigateur. "
            "Retournez sur le service et cliquez de nouveau sur ProConnect."
        ),
        cause=_(
            "La connexion commencée n’existe plus, ou ce navigateur n’en a pas le cookie. "
            "Favori, retour en arrière, délai dépassé, cookies refusés ou autre navigateur."
        ),
        remedy=_(
            "La personne repart du service. "
            "Le développeur du FS lie son bouton à sa propre page de départ, qui refait une demande "
            "d’autorisation."
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
        cause=_(
            "La réponse du FI porte un `state` déjà servi, inconnu, ou d’un autre navigateur. "
            "Recharger la page de retour ou revenir en arrière en est la cause ordinaire."
        ),
        remedy=_(
            "La personne repart du service. "
            "L’administrateur du FI vérifie qu’il ne renvoie pas deux fois le navigateur, et rend `state` "
            "intact."
        ),
        status=401,
        contact=Contact.NOBODY,
    )
    RELAY_SILENT = ErrorPage(
        code="Y300001",
        title=_("Service de connexion injoignable"),
        text=_(
            "Le relais qui mène à « {provider} » ne répond pas. "
            "Réessayez dans quelques minutes ; si cela persiste, prévenez le support de ProConnect."
        ),
        cause=_(
            "Ce FI est sur le RIE, et se joint par un relais. "
            "La file du relais est en panne, aucun relais ne donne signe de vie, ou aucun n’a répondu à temps."
        ),
        remedy=_(
            "La DINUM regarde `/readyz/relay`, le Redis de `RELAY_URL` et le processus `manage.py relay`. "
            "Elle compare les horloges des deux côtés : deux secondes d’écart sont tolérées."
        ),
        status=503,
        contact=Contact.SUPPORT,
    )
    RELAY_ANSWER_REFUSED = ErrorPage(
        code="Y300002",
        title=_("Connexion interrompue"),
        text=_(
            "La réponse du relais qui mène à « {provider} » ne peut pas être vérifiée. "
            "Recommencez ; si cela persiste, prévenez le support de ProConnect."
        ),
        cause=_(
            "L’enveloppe reçue n’est pas signée par une clé partagée, a été altérée, ou répond à une autre demande."
        ),
        remedy=_(
            "La DINUM compare `RELAY_KEYS` des deux côtés. "
            "Si les clés sont les mêmes, elle traite l’affaire comme une intrusion dans le Redis du relais."
        ),
        status=502,
        contact=Contact.SUPPORT,
    )
    RELAY_REACHED_NOBODY = ErrorPage(
        code="Y300003",
        title=_("Service de connexion injoignable"),
        text=_(
            "« {provider} » ne répond pas à notre relais. "
            "Réessayez dans quelques minutes ; si cela persiste, prévenez votre administration."
        ),
        cause=_("Le relais du RIE n’a pas pu appeler le FI : injoignable, trop lent, ou absent de sa liste."),
        remedy=_(
            "L’administrateur du FI vérifie qu’il répond depuis le RIE. "
            "La DINUM lit les journaux du relais, et vérifie `RELAY_DESTINATIONS`."
        ),
        status=502,
        contact=Contact.PROVIDER,
    )
    NO_PROVIDER = ErrorPage(
        code="Y500001",
        title=_("Accès impossible"),
        text=_(
            "Aucun fournisseur d’identité ne répond pour l’adresse « {email} ». "
            "Vérifiez-la, ou demandez un compte local au service."
        ),
        cause=_("Aucun FI ne sert le domaine de cette adresse, et ce déploiement n’a pas de FI par défaut."),
        remedy=_(
            "L’administrateur d’un FI fait déclarer ce domaine par la DINUM. "
            "Le développeur du FS offre un autre accès."
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
        cause=_("Le FI a transmis une information absente ou mal formée : la page la nomme."),
        remedy=_(
            "L’administrateur du FI corrige cette information pour la personne, ou pour tous ses agents. "
            "Le format attendu est celui de la documentation des FI."
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
        cause=_(
            "Le FS n’accepte que les agents publics, et l’organisation de la personne n’en est pas. "
            "Le classement se fait d’après le SIRET transmis par le FI."
        ),
        remedy=_(
            "L’administrateur du FI vérifie le SIRET transmis. "
            "Le responsable du FS demande à la DINUM l’ouverture au secteur privé, si sa démarche le "
            "permet."
        ),
        contact=Contact.CLIENT,
    )
    ORGANIZATION_UNVERIFIED = ErrorPage(
        code="Y500030",
        oauth_error="temporarily_unavailable",
        title=_("Organisation non vérifiée"),
        text=_(
            "Le service « {client} » est réservé aux agents publics. Les registres publics ne répondent pas, "
            "et votre organisation n’a pas pu être vérifiée. Réessayez dans quelques minutes."
        ),
        cause=_(
            "Les registres ne répondent pas, et n’ont encore rien dit de cette organisation. "
            "Avec `STRICT_ORGANIZATION_FACTS`, ce qu’ils ont dit il y a plus d’un jour ne compte pas."
        ),
        remedy=_("La personne réessaie plus tard. La DINUM rétablit la liaison avec les registres."),
        status=503,
        contact=Contact.SUPPORT,
    )
    ACCOUNT_BLOCKED = ErrorPage(
        code="Y500024",
        oauth_error="access_denied",
        title=_("Compte bloqué"),
        text=_("Votre compte ProConnect est bloqué. Écrivez à l’assistance pour en connaître la raison."),
        cause=_("La DINUM a bloqué ce compte, pour tous les FS."),
        remedy=_("La personne écrit à l’assistance. La DINUM lève le blocage depuis l’administration."),
        contact=Contact.SUPPORT,
    )
    EMAIL_DOMAIN_REFUSED = ErrorPage(
        code="Y500025",
        oauth_error="access_denied",
        title=_("Adresse non admise"),
        text=_(
            "Le service « {client} » n’admet pas les adresses en « {domain} ». Domaines admis : {allowed}. "
            "Votre organisation : « {organization} »."
        ),
        cause=_("Le FS n’admet que certains domaines d’adresse, et celui de la personne n’y est pas."),
        remedy=_("Le responsable du FS fait modifier la liste des domaines admis par la DINUM."),
        contact=Contact.CLIENT,
    )
    PROVIDER_NOT_ALLOWED = ErrorPage(
        code="Y500026",
        oauth_error="access_denied",
        title=_("Moyen de connexion non admis"),
        text=_(
            "Le service « {client} » n’admet pas la connexion par « {provider} ». "
            "Votre organisation : « {organization} »."
        ),
        cause=_("Le FS n’admet que certains FI, et celui de la personne n’y est pas."),
        remedy=_("Le responsable du FS fait modifier la liste des FI admis par la DINUM."),
        contact=Contact.CLIENT,
    )
    LEVEL_TOO_LOW = ErrorPage(
        code="Y500029",
        oauth_error="access_denied",
        title=_("Connexion trop faible pour ce service"),
        text=_(
            "Le service « {client} » demande une connexion plus sûre que celle de « {provider} ». "
            "Votre organisation : « {organization} »."
        ),
        cause=_(
            "Le FS est enregistré avec un niveau minimal, et l’`acr` atteint est au-dessous. "
            "Un FI non reconnu pour sa double authentification ne dépasse pas `eidas1`."
        ),
        remedy=_(
            "L’administrateur du FI active la double authentification pour la personne et la fait constater "
            "par la DINUM. "
            "Le responsable du FS fait modifier son niveau minimal par la DINUM."
        ),
        contact=Contact.CLIENT,
    )
    PROVIDER_NOT_ENTITLED = ErrorPage(
        code="Y500027",
        title=_("Adresse non reconnue"),
        text=_(
            "« {provider} » n’est pas habilité pour les adresses en « {domain} ». "
            "Prévenez votre administration."
        ),
        cause=_("Le FI a transmis une adresse dont le domaine n’est pas dans sa liste."),
        remedy=_(
            "L’administrateur du FI fait ajouter ce domaine par la DINUM, ou corrige l’adresse de la "
            "personne."
        ),
        contact=Contact.PROVIDER,
    )
    IDENTITY_DISPUTED = ErrorPage(
        code="Y500028",
        oauth_error="access_denied",
        title=_("Identité à vérifier"),
        text=_(
            "« {provider} » vous désigne par un identifiant déjà connu sous un autre nom et une autre adresse. "
            "Par prudence, l’accès est suspendu. Écrivez à l’assistance : elle dira si ce compte est le vôtre."
        ),
        cause=_(
            "Le FI a transmis un `sub` connu, avec d’autres nom, prénom et adresse que la dernière fois. "
            "Il semble l’avoir donné à une autre personne."
        ),
        remedy=_(
            "La DINUM tranche depuis la page du compte : même personne, ou autre personne. "
            "L’administrateur du FI ne redonne jamais le `sub` d’un ancien agent."
        ),
        status=403,
        contact=Contact.SUPPORT,
    )


@unique
class OAuthAnswer(Enum):
    """Given to the FS at its redirect URI, or in JSON by the endpoints it calls. Descriptions are in English there."""

    INVALID_REQUEST = ServiceError(
        error="invalid_request",
        given_at=("authorize", "token", "userinfo", "introspection", "revocation"),
        cause=_(
            "Un paramètre manque, est donné deux fois, est trop long ou a une valeur impossible. "
            "À l’autorisation, c’est aussi la suite d’un échange qui a échoué avec le FI."
        ),
        remedy=_("Le développeur du FS corrige ce que nomme `error_description`."),
    )
    INVALID_SCOPE = ServiceError(
        error="invalid_scope",
        given_at=("authorize", "token"),
        cause=_(
            "`scope` ne contient pas `openid`, ou contient un scope auquel ce FS n’est pas habilité. "
            "Au rafraîchissement, `scope` dépasse ce qui avait été accordé."
        ),
        remedy=_(
            "Le développeur du FS retire ce scope de la demande. "
            "Le responsable du FS en demande l’habilitation à la DINUM s’il en a besoin."
        ),
    )
    UNSUPPORTED_RESPONSE_TYPE = ServiceError(
        error="unsupported_response_type",
        given_at=("authorize",),
        cause=_("`response_type` n’est pas `code` : aucun jeton ne passe par le navigateur."),
        remedy=_("Le développeur du FS emploie le flux par code d’autorisation."),
    )
    REQUEST_NOT_SUPPORTED = ServiceError(
        error="request_not_supported",
        given_at=("authorize",),
        cause=_("La demande porte un objet `request` (OIDC Core 6)."),
        remedy=_("Le développeur du FS envoie chaque paramètre par son nom."),
    )
    REQUEST_URI_NOT_SUPPORTED = ServiceError(
        error="request_uri_not_supported",
        given_at=("authorize",),
        cause=_("La demande porte un `request_uri` : il n’est jamais lu."),
        remedy=_("Le développeur du FS envoie chaque paramètre par son nom."),
    )
    REGISTRATION_NOT_SUPPORTED = ServiceError(
        error="registration_not_supported",
        given_at=("authorize",),
        cause=_("La demande porte un paramètre `registration` (OIDC Core 7.2.1)."),
        remedy=_("Le développeur du FS le retire : un FS est enregistré par la DINUM."),
    )
    LOGIN_REQUIRED = ServiceError(
        error="login_required",
        given_at=("authorize",),
        cause=_(
            "Avec `prompt=none`, aucune session ouverte ne répond à la demande. "
            "Avec `id_token_hint`, la personne qui s’est connectée n’est pas celle du jeton."
        ),
        remedy=_("Le développeur du FS propose à la personne de se connecter, sans `prompt=none`."),
    )
    INTERACTION_REQUIRED = ServiceError(
        error="interaction_required",
        given_at=("authorize",),
        cause=_("Avec `prompt=none`, une session est ouverte, mais au-dessous du niveau exigé."),
        remedy=_("Le développeur du FS refait la demande sans `prompt=none` : la personne verra une page."),
    )
    ACCESS_DENIED = ServiceError(
        error="access_denied",
        given_at=("authorize",),
        cause=_(
            "Le niveau exigé n’est pas atteint (« requested ACRs could not be satisfied »), ou la personne a renoncé. "
            "Sinon `error_description` est le code d’une page d’erreur, décrit ici."
        ),
        remedy=_(
            "Le développeur du FS affiche un refus compréhensible, et ne relance pas seul la connexion. "
            "Il vérifie que le niveau exigé est à la portée des FI de ses agents."
        ),
    )
    IDP_HINT_NOT_FOUND = ServiceError(
        error="idp_hint_not_found",
        given_at=("authorize",),
        cause=_("Le FI nommé par `idp_hint` est inconnu, fermé, ou non admis par ce FS."),
        remedy=_(
            "Le développeur du FS vérifie l’identifiant du FI auprès de la DINUM. "
            "Il peut aussi retirer `idp_hint` : la personne donne alors son adresse."
        ),
    )
    INVALID_CLIENT = ServiceError(
        error="invalid_client",
        given_at=("token", "introspection", "revocation"),
        cause=_(
            "Le client n’est pas connu, ou ne s’authentifie pas par la méthode enregistrée. "
            "La réponse ne dit pas lequel des deux."
        ),
        remedy=_(
            "Le développeur du FS vérifie `client_id`, le secret ou la clé, et la méthode enregistrée. "
            "La DINUM remplace un secret perdu : l’ancien reste valable le temps de la bascule."
        ),
    )
    INVALID_GRANT = ServiceError(
        error="invalid_grant",
        given_at=("token",),
        cause=_(
            "Le code ou le jeton de rafraîchissement est inconnu, expiré, déjà servi ou d’un autre FS. "
            "Ou bien `redirect_uri` ou `code_verifier` ne sont pas ceux de la demande. "
            "Un code présenté deux fois éteint les jetons qu’il a donnés."
        ),
        remedy=_(
            "Le développeur du FS échange chaque code une seule fois, dans la minute. "
            "Il garde toujours le dernier jeton de rafraîchissement reçu."
        ),
    )
    UNSUPPORTED_GRANT_TYPE = ServiceError(
        error="unsupported_grant_type",
        given_at=("token",),
        cause=_("`grant_type` n’est ni `authorization_code` ni `refresh_token`."),
        remedy=_("Le développeur du FS emploie l’un de ces deux types."),
    )
    INVALID_TOKEN = ServiceError(
        error="invalid_token",
        given_at=("userinfo",),
        cause=_(
            "Le jeton d’accès manque, est inconnu, a expiré ou a été révoqué. "
            "Une déconnexion ou un blocage le révoque aussitôt."
        ),
        remedy=_("Le développeur du FS rafraîchit le jeton, ou refait une demande d’autorisation."),
    )
    SERVER_ERROR = ServiceError(
        error="server_error",
        given_at=("authorize", "userinfo"),
        cause=_(
            "À l’autorisation, la connexion s’est arrêtée sur une page d’erreur que nomme `error_description`. "
            "À userinfo, le FS veut une réponse chiffrée et ne publie aucune clé utilisable."
        ),
        remedy=_(
            "Le développeur du FS lit la page de ce code. "
            "Pour le chiffrement, il publie une clé d’usage `enc` dans son JWKS."
        ),
    )
    TEMPORARILY_UNAVAILABLE = ServiceError(
        error="temporarily_unavailable",
        given_at=("authorize", "token", "userinfo", "introspection", "revocation"),
        cause=_("ProConnect ne peut pas répondre pour le moment, ou le FS appelle trop souvent."),
        remedy=_("Le développeur du FS réessaie après le délai de `Retry-After`."),
    )
