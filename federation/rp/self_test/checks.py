"""What is right and wrong with a FI, as facts tell (pure): one sentence each, which says what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, unique

from joserfc.jwk import ECKey, RSAKey

from federation import quirks
from federation.registry.ownership import record_to_publish
from federation.registry.proof import Seen
from federation.rp.authorization import SCOPE, SCOPE_OF_ENTRA
from federation.rp.client_authentication import ALGORITHMS
from federation.rp.id_token import LEEWAY
from federation.rp.self_test.facts import Facts, Sirets
from federation.signature import SigningKey
from proconnect.kernel.assurance import Acr

CLOCK_IS_WRONG = timedelta(minutes=5)
CLAIMS = ("given_name", "usual_name", "email", "uid", "siret", "acr", "amr")
STRONG = frozenset({Acr.EIDAS0_MFA, Acr.EIDAS1_MFA, Acr.EIDAS2, Acr.EIDAS3})


def _(text: str) -> str:
    """Marks a msgid; who keeps the report translates it."""
    return text


@unique
class Outcome(Enum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Said:
    outcome: Outcome
    text: str
    told: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    said: Said


def judged(facts: Facts) -> tuple[Finding, ...]:
    return tuple(Finding(name, said) for name, check in CHECKS.items() for said in check(facts))


def passed(findings: Iterable[Finding]) -> bool:
    return all(finding.said.outcome is not Outcome.FAILURE for finding in findings)


def _ok(text: str, **told: object) -> Said:
    return Said(Outcome.OK, text, told)


def _warning(text: str, **told: object) -> Said:
    return Said(Outcome.WARNING, text, told)


def _failure(text: str, **told: object) -> Said:
    return Said(Outcome.FAILURE, text, told)


def discovery(facts: Facts) -> Iterator[Said]:
    if not facts.provider.discovery:
        yield _ok(_("Les adresses sont écrites à la main : aucun document de découverte n’est lu."))
    elif facts.document_problem:
        yield _failure(
            _(
                "Document de découverte illisible ({problem}) : vérifiez son adresse, et qu’il admet les nôtres."
            ),
            problem=facts.document_problem,
        )
    elif facts.document.get("issuer") != facts.provider.issuer:
        yield _failure(
            _(
                "Le document annonce l’émetteur « {theirs} » et non « {ours} » : écrivez ici le sien, à l’octet."
            ),
            theirs=facts.document.get("issuer"),
            ours=facts.provider.issuer,
        )
    else:
        yield _ok(_("Le document de découverte répond, et l’émetteur est exact."))


def endpoints(facts: Facts) -> Iterator[Said]:
    if facts.document_problem:
        return
    if facts.known is None:
        yield _failure(
            _("Une adresse ne convient pas ({problem}) : donnez une adresse complète en https."),
            problem=facts.known_problem,
        )
    elif not facts.known.userinfo_endpoint and quirks.has_userinfo(facts.provider.quirks):
        yield _failure(
            _("Pas d’adresse userinfo : le FI doit l’annoncer, ou son écart « no-userinfo » être noté.")
        )
    else:
        yield _ok(_("Toutes les adresses conviennent."))


def keys(facts: Facts) -> Iterator[Said]:
    asymmetric = [each for each in facts.provider.id_token_signed_response_algs if each != "HS256"]
    if facts.known is None or not asymmetric:
        return
    if facts.keys_problem or not facts.known.jwks_uri:
        yield _failure(
            _("Clés publiques illisibles ({problem}) : vérifiez l’adresse « jwks_uri » du FI."),
            problem=facts.keys_problem or "jwks_uri",
        )
        return
    fitting = [key for key in facts.keys if _algorithm_of(key) in asymmetric]
    if not fitting:
        yield _failure(
            _("Aucune clé publiée ne signe en {algorithms} : le FI doit en publier une."),
            algorithms=", ".join(asymmetric),
        )
    elif len(facts.keys) > 1 and any(not key.kid for key in facts.keys):
        yield _warning(
            _("Plusieurs clés, dont une sans « kid » : le FI doit nommer chacune pour pouvoir en changer.")
        )
    else:
        yield _ok(_("Les clés publiées conviennent ({count})."), count=len(fitting))


def _algorithm_of(key: SigningKey) -> str:
    match key:
        case ECKey() if key.curve_name == "P-256":
            return "ES256"
        case RSAKey():
            return "RS256"
    return ""


def clock(facts: Facts) -> Iterator[Said]:
    drift = facts.clock_drift
    if drift is None:
        yield _warning(
            _("Le FI ne dit pas l’heure dans ses réponses (Date) : son horloge n’est pas vérifiée.")
        )
    elif abs(drift) > CLOCK_IS_WRONG:
        yield _failure(
            _(
                "L’horloge du FI s’écarte de {seconds} s : ses jetons sont refusés, il doit la mettre à l’heure."
            ),
            seconds=round(drift.total_seconds()),
        )
    elif abs(drift) > LEEWAY:
        yield _warning(
            _(
                "L’horloge du FI s’écarte de {seconds} s, pour {leeway} s admises : il doit la mettre à l’heure."
            ),
            seconds=round(drift.total_seconds()),
            leeway=round(LEEWAY.total_seconds()),
        )
    else:
        yield _ok(_("L’horloge du FI est à l’heure."))


def algorithms(facts: Facts) -> Iterator[Said]:
    admitted = facts.provider.id_token_signed_response_algs
    yield from _in_common(
        facts,
        "id_token_signing_alg_values_supported",
        admitted,
        _failure(
            _("Le FI signe autrement qu’en {expected} : il doit employer l’une de ces signatures."),
            expected=", ".join(admitted),
        ),
        _ok(_("Le FI signe comme nous l’admettons.")),
    )


def encryption(facts: Facts) -> Iterator[Said]:
    provider = facts.provider
    for answer, algorithm in (
        ("id_token", provider.id_token_encrypted_response_alg),
        ("userinfo", provider.userinfo_encrypted_response_alg),
    ):
        if algorithm:
            yield from _in_common(
                facts,
                f"{answer}_encryption_alg_values_supported",
                (algorithm,),
                _failure(
                    _(
                        "Le FI ne chiffre pas {answer} en {algorithm} : choisissez un chiffrement qu’il annonce."
                    ),
                    answer=answer,
                    algorithm=algorithm,
                ),
                _ok(_("Le FI sait chiffrer {answer} en {algorithm}."), answer=answer, algorithm=algorithm),
            )


def scopes(facts: Facts) -> Iterator[Said]:
    asked = SCOPE_OF_ENTRA if quirks.ENTRA_ID in facts.provider.quirks else SCOPE
    declared = _declared(facts, "scopes_supported")
    if declared is None:
        yield from _does_not_say(facts, "scopes_supported")
    elif "openid" not in declared:
        yield _failure(_("Le FI n’annonce pas la portée « openid » : il doit l’activer."))
    elif missing := [scope for scope in asked.split() if scope not in declared]:
        yield _warning(
            _("Portées non annoncées : {missing}. Le FI doit les ignorer sans erreur, ou les servir."),
            missing=", ".join(missing),
        )
    else:
        yield _ok(_("Toutes les portées demandées sont annoncées."))


def claims(facts: Facts) -> Iterator[Said]:
    declared = _declared(facts, "claims_supported")
    if declared is None:
        yield from _does_not_say(facts, "claims_supported")
    elif missing := [claim for claim in CLAIMS if claim not in declared and not _is_spared(claim, facts)]:
        yield _warning(
            _("Données non annoncées : {missing}. Vérifiez en recette que le FI les transmet."),
            missing=", ".join(missing),
        )
    else:
        yield _ok(_("Les données attendues sont annoncées."))


def _is_spared(claim: str, facts: Facts) -> bool:
    """Its absence changes nothing: its record or its quirks make up for it."""
    match claim:
        case "siret":
            return bool(facts.provider.default_siret)
        case "acr":
            return not quirks.says_a_level(facts.provider.quirks) or quirks.ENTRA_ID in facts.provider.quirks
    return False


def levels(facts: Facts) -> Iterator[Said]:
    if not quirks.says_a_level(facts.provider.quirks) or quirks.ENTRA_ID in facts.provider.quirks:
        return
    declared = _declared(facts, "acr_values_supported")
    if declared is None:
        yield from _does_not_say(facts, "acr_values_supported")
    elif not (known := {acr for acr in Acr if acr.value in declared}):
        yield _warning(
            _("Aucun niveau annoncé n’est de ceux de ProConnect : le FI doit dire « eidas1 » au moins.")
        )
    elif facts.provider.is_mfa_capable and not known & STRONG:
        yield _warning(
            _("Le FI est noté capable d’un second facteur, mais n’annonce aucun niveau qui en demande un.")
        )
    else:
        yield _ok(_("Niveaux annoncés : {levels}."), levels=", ".join(sorted(acr.value for acr in known)))


def authentication(facts: Facts) -> Iterator[Said]:
    ours = facts.provider.token_endpoint_auth_method
    if ours != "private_key_jwt" and not facts.has_secret:
        yield _failure(
            _("Notre secret chez ce FI n’est pas enregistré : demandez-le-lui, puis donnez-le ici.")
        )
        return
    declared = _declared(facts, "token_endpoint_auth_methods_supported") or ("client_secret_basic",)
    if facts.document and ours not in declared:  # OIDC Discovery 3: the default is told above
        yield _failure(
            _("Le FI n’admet pas « {ours} » : choisissez l’une de ces méthodes : {theirs}."),
            ours=ours,
            theirs=", ".join(declared),
        )
    elif ours == "private_key_jwt" and facts.known and _shares_no_assertion(facts.known.assertion_algorithms):
        yield _failure(_("Le FI ne vérifie ni ES256 ni RS256 : il doit admettre l’une de nos signatures."))
    else:
        yield _ok(_("Nous savons prouver à ce FI qui nous sommes."))


def _shares_no_assertion(theirs: tuple[str, ...]) -> bool:
    return bool(theirs) and not set(theirs) & set(ALGORITHMS)


def pkce(facts: Facts) -> Iterator[Said]:
    if not quirks.takes_pkce(facts.provider.quirks):
        yield _warning(_("PKCE n’est pas employé : demandez au FI de l’admettre."))
    elif facts.document and "S256" not in (_declared(facts, "code_challenge_methods_supported") or ()):
        yield _warning(_("Le FI n’annonce pas PKCE (S256) : il doit au moins en ignorer les paramètres."))
    else:
        yield _ok(_("PKCE est employé."))


def logout(facts: Facts) -> Iterator[Said]:
    if facts.known and not facts.known.end_session_endpoint:
        yield _warning(
            _("Pas d’adresse de déconnexion : la session des agents reste ouverte chez le FI après la nôtre.")
        )
    elif facts.known:
        yield _ok(_("Le FI sait fermer sa session."))


def domains(facts: Facts) -> Iterator[Said]:
    if not facts.domains:
        yield _warning(
            _("Aucun domaine : ce FI n’est atteint que par « idp_hint ». Donnez ceux de ses agents.")
        )
    for domain, other in facts.taken.items():
        yield _failure(
            _(
                "Le domaine {domain} mène aussi à « {other} » : retirez-le de l’un, ou dites-le partagé par les deux."
            ),
            domain=domain,
            other=other,
        )
    for domain, seen in facts.domains.items():
        yield _domain(domain, seen, record_to_publish(facts.provider.uid))


def _domain(domain: str, seen: Seen, record: str) -> Said:
    match seen:
        case Seen.FOUND:
            return _ok(_("Le DNS prouve que {domain} appartient au FI."), domain=domain)
        case Seen.ABSENT:
            return _warning(
                _("Rien ne prouve {domain} : publiez « {record} » en TXT sur ce domaine."),
                domain=domain,
                record=record,
            )
        case Seen.UNKNOWN:
            return _warning(
                _("Le DNS n’a rien dit de {domain} : refaites le contrôle plus tard."), domain=domain
            )


def default_siret(facts: Facts) -> Iterator[Said]:
    match facts.default_siret:
        case Sirets.NONE_GIVEN:
            yield _warning(
                _("Pas de SIRET par défaut : un agent sans SIRET correct sera refusé. Donnez-en un.")
            )
        case Sirets.UNKNOWN:
            yield _failure(
                _("Le SIRET par défaut {siret} n’est celui d’aucun établissement : corrigez-le."),
                siret=facts.provider.default_siret,
            )
        case Sirets.NOT_ASKED:
            yield _warning(
                _("Le répertoire n’a rien dit du SIRET par défaut : refaites le contrôle plus tard.")
            )
        case Sirets.KNOWN:
            yield _ok(_("Le SIRET par défaut est connu."))


def support(facts: Facts) -> Iterator[Said]:
    if facts.provider.support_email:
        yield _ok(_("Une adresse d’assistance est donnée."))
    else:
        yield _warning(
            _("Pas d’adresse d’assistance : ses agents ne sauront à qui écrire. Demandez-la au FI.")
        )


def testers(facts: Facts) -> Iterator[Said]:
    open_ones = [email for email, until in facts.provider.testers.items() if facts.now < until]
    if facts.provider.is_routed:
        return
    if open_ones:
        yield _ok(_("{count} personnes peuvent faire la recette avec « +proconnect »."), count=len(open_ones))
    else:
        yield _warning(
            _("Ce FI n’est proposé à personne et n’a aucun recetteur : inscrivez-en, avec une date de fin.")
        )


def service(facts: Facts) -> Iterator[Said]:
    if not facts.provider.is_open:
        yield _warning(
            _("Ce FI est hors service, ou d’un autre réseau que ce déploiement : personne n’y est envoyé.")
        )


CHECKS: Mapping[str, Callable[[Facts], Iterator[Said]]] = {
    "discovery": discovery,
    "endpoints": endpoints,
    "keys": keys,
    "clock": clock,
    "algorithms": algorithms,
    "encryption": encryption,
    "scopes": scopes,
    "claims": claims,
    "levels": levels,
    "authentication": authentication,
    "pkce": pkce,
    "logout": logout,
    "domains": domains,
    "default_siret": default_siret,
    "support": support,
    "testers": testers,
    "service": service,
}


def _declared(facts: Facts, name: str) -> tuple[str, ...] | None:
    """A list of the discovery document; None when it does not say."""
    values = facts.document.get(name)
    return tuple(str(value) for value in values) if isinstance(values, list) else None


def _does_not_say(facts: Facts, name: str) -> Iterator[Said]:
    if facts.document:
        yield _warning(
            _("Le document de découverte ne dit rien de « {name} » : vérifiez en recette."), name=name
        )


def _in_common(
    facts: Facts, name: str, admitted: tuple[str, ...], none_is: Said, some_is: Said
) -> Iterator[Said]:
    declared = _declared(facts, name)
    if declared is None:
        yield from _does_not_say(facts, name)
    elif set(declared) & set(admitted):
        yield some_is
    else:
        yield none_is
