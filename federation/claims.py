"""The claims a FS may read: one table, from which userinfo, discovery, forms and documentation are derived."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from federation.registry.records import ClientRecord, ProviderRecord
    from proconnect.kernel.contracts.identity_provider import AssertedIdentity


def _(text: str) -> str:
    """Marks a msgid; templates translate it."""
    return text


class Giver(StrEnum):
    """Who answers for the value."""

    FI = "fi"
    FEDERATION = "federation"
    DIRECTORY = "directory"  # the public registers of organisations


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClaims:
    """What the open session knows of a person; a FS reads the part it was granted."""

    sub: UUID
    identity: "AssertedIdentity"
    provider: "ProviderRecord"
    organization_label: str
    roles: tuple[str, ...]
    previous_subs: tuple[str, ...] = ()

    @property
    def email_is_verified(self) -> bool:
        """Identité proves each address by a code; a FI answers for the domains registered as its own."""
        domain = self.identity.email.rpartition("@")[2]
        return self.provider.is_local or domain in self.provider.accepted_domains


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that several scopes open has a row for each."""

    name: str
    scope: str
    read: Callable[[HeldClaims], Any]
    form: str  # for partners: what the value looks like
    giver: Giver = Giver.FI
    is_always_there: bool = False
    even_empty: bool = False  # an empty value is an answer: it is given, not left out


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "sub",
        "openid",
        lambda held: str(held.sub),
        _("UUID opaque, le même pour tous les services et stable dans le temps."),
        Giver.FEDERATION,
        is_always_there=True,
    ),
    Claim(
        "given_name",
        "given_name",
        lambda held: held.identity.given_name,
        _("Prénoms, séparés par des espaces. 1 à 256 caractères."),
        is_always_there=True,
    ),
    Claim(
        "usual_name",
        "usual_name",
        lambda held: held.identity.usual_name,
        _("Nom d’usage, à défaut nom de famille. 1 à 256 caractères."),
        is_always_there=True,
    ),
    Claim(
        "email",
        "email",
        lambda held: held.identity.email,
        _("Adresse e-mail professionnelle. Elle peut changer : ne l’utilisez pas comme clé."),
        is_always_there=True,
    ),
    Claim(
        "uid",
        "uid",
        lambda held: held.identity.uid,
        _("Identifiant de la personne chez son FI. 1 à 256 caractères ASCII."),
        is_always_there=True,
    ),
    Claim(
        "siret",
        "siret",
        lambda held: held.identity.siret,
        _("14 chiffres, clé vérifiée. S’il manque ou s’il est faux, celui du FI le remplace."),
        is_always_there=True,
    ),
    Claim(
        "siret_source",
        "siret",
        lambda held: "fi" if held.identity.siret_is_default else "agent",
        _("« agent » : le FI a donné ce SIRET pour la personne. « fi » : c’est le SIRET par défaut du FI."),
        Giver.FEDERATION,
        is_always_there=True,
    ),
    Claim(
        "siren",
        "siren",
        lambda held: held.identity.siren or held.identity.siret[:9],
        _("9 chiffres, clé vérifiée. À défaut, les 9 premiers chiffres du SIRET."),
        is_always_there=True,
    ),
    Claim(
        "phone_number",
        "phone",
        lambda held: held.identity.phone_number,
        _("7 à 15 chiffres, « + » facultatif, espaces ou tirets possibles. Jamais vérifié."),
    ),
    Claim(
        "organizational_unit",
        "organizational_unit",
        lambda held: held.identity.organizational_unit,
        _("Ministère, direction ou service. Texte libre, 256 caractères au plus."),
    ),
    Claim(
        "belonging_population",
        "belonging_population",
        lambda held: held.identity.belonging_population,
        _("Par exemple « agent », « prestataire », « partenaire » ou « stagiaire »."),
    ),
    Claim(
        "chorusdt:matricule",
        "chorusdt",
        lambda held: held.identity.chorusdt_matricule,
        _("Matricule dans Chorus DT. 256 caractères au plus."),
    ),
    Claim(
        "chorusdt:societe",
        "chorusdt",
        lambda held: held.identity.chorusdt_societe,
        _("Société dans Chorus DT. 256 caractères au plus."),
    ),
    Claim(
        "custom",
        "custom",
        lambda held: held.identity.custom,
        _("Objet : tout ce que le FI envoie d’autre. « {} » quand il n’envoie rien de plus."),
        is_always_there=True,
        even_empty=True,
    ),
    Claim(
        "idp_id",
        "idp_id",
        lambda held: str(held.provider.uid),
        _("UUID du FI choisi, le même que dans « idp_hint »."),
        Giver.FEDERATION,
        is_always_there=True,
    ),
    Claim(
        "idp_acr",
        "idp_acr",
        lambda held: held.identity.declared_acr or held.identity.acr,
        _("Niveau tel que le FI l’a déclaré. Pour décider d’un accès, lisez « acr » dans l’ID token."),
        is_always_there=True,
    ),
    Claim(
        "organization_label",
        "organization_label",
        lambda held: held.organization_label,
        _("Nom de l’organisation, pour l’affichage seulement. Absent sur le RIE."),
        Giver.DIRECTORY,
    ),
    Claim(
        "roles",
        "roles",
        lambda held: list(held.roles),
        _("Liste de textes, comme « agent_public ». Elle qualifie l’organisation, et peut être vide."),
        Giver.DIRECTORY,
        is_always_there=True,
        even_empty=True,
    ),
    Claim(
        "previous_subs",
        "previous_subs",
        lambda held: list(held.previous_subs),
        _("Liste des anciens « sub » de la personne, quand son compte en a absorbé d’autres."),
        Giver.FEDERATION,
    ),
)

# Shared by the two other ways of naming

FAMILY_NAME = Claim(
    "family_name",
    "usual_name",
    lambda held: held.identity.usual_name,
    _("Nom d’usage, comme « usual_name »."),
    is_always_there=True,
)
EMAIL_VERIFIED = Claim(
    "email_verified",
    "email",
    lambda held: held.email_is_verified,
    _("Booléen. Vrai si Identité a vérifié l’adresse, ou si son domaine est un de ceux du FI."),
    Giver.FEDERATION,
    is_always_there=True,
)
PHONE_NUMBER_VERIFIED = Claim(
    "phone_number_verified",
    "phone",
    lambda held: False if held.identity.phone_number else None,
    _("Booléen, toujours faux. Absent quand il n’y a pas de numéro."),
    Giver.FEDERATION,
)

# Names that generic software expects (OIDC Core 5.1), and the scopes it asks for them (5.4)

GENERIC_OIDC: tuple[Claim, ...] = (
    Claim(
        "name",
        "profile",
        lambda held: f"{held.identity.given_name} {held.identity.usual_name}",
        _("Prénoms, puis nom d’usage."),
        is_always_there=True,
    ),
    Claim(
        "given_name",
        "profile",
        lambda held: held.identity.given_name,
        _("Prénoms, comme avec le scope « given_name »."),
        is_always_there=True,
    ),
    replace(FAMILY_NAME, scope="profile"),
    FAMILY_NAME,
    Claim(
        "updated_at",
        "profile",
        lambda held: int(held.identity.authenticated_at.timestamp()),
        _("Nombre de secondes depuis 1970 : la dernière fois que le FI a donné ces informations."),
        Giver.FEDERATION,
        is_always_there=True,
    ),
    EMAIL_VERIFIED,
    PHONE_NUMBER_VERIFIED,
)

# What software written for the former Identité reads; what nobody can answer for is not invented

IDENTITE: tuple[Claim, ...] = (
    FAMILY_NAME,
    EMAIL_VERIFIED,
    PHONE_NUMBER_VERIFIED,
    Claim(
        "updated_at",
        "openid",
        lambda held: held.identity.authenticated_at.isoformat(),
        _("Date et heure ISO 8601 : la dernière fois que le FI a donné ces informations."),
        Giver.FEDERATION,
        is_always_there=True,
    ),
    Claim(
        "label",
        "organization_label",
        lambda held: held.organization_label,
        _("Nom de l’organisation, comme « organization_label »."),
        Giver.DIRECTORY,
    ),
    Claim(
        "is_public_service",
        "roles",
        lambda held: "agent_public" in held.roles,
        _("Booléen. Vrai si « roles » contient « agent_public »."),
        Giver.DIRECTORY,
        is_always_there=True,
    ),
    Claim(
        "is_service_public",
        "roles",
        lambda held: "agent_public" in held.roles,
        _("Booléen, ancien nom de « is_public_service »."),
        Giver.DIRECTORY,
        is_always_there=True,
    ),
)

PROFILES: Mapping[str, tuple[Claim, ...]] = {
    "proconnect": (),
    "generic_oidc": GENERIC_OIDC,
    "identite": IDENTITE,
}

# Of the authentication, not of the person: in the ID token alone. ``amr`` is there only when asked for.
AUTHENTICATION_CLAIMS = ("acr", "amr", "auth_time", "sid")

_EVERY_ROW = [claim for table in (CLAIMS, *PROFILES.values()) for claim in table]

SCOPES: tuple[str, ...] = tuple(dict.fromkeys([*(claim.scope for claim in CLAIMS), "amr"]))
ALL_SCOPES: tuple[str, ...] = tuple(dict.fromkeys([*SCOPES, *(claim.scope for claim in _EVERY_ROW)]))
OF_THE_PERSON = frozenset(ALL_SCOPES)  # read at userinfo; no FD has one of these
NAMES: tuple[str, ...] = tuple(dict.fromkeys(claim.name for claim in _EVERY_ROW))


def readable_by(client: "ClientRecord") -> tuple[Claim, ...]:
    return (*CLAIMS, *PROFILES[client.claims_profile])


def is_known_to(client: "ClientRecord", scope: str) -> bool:
    """A scope of a table this FS reads, or one of a FD that it was granted; ``profile`` elsewhere means nothing."""
    if scope in ALL_SCOPES:
        return scope in SCOPES or any(claim.scope == scope for claim in PROFILES[client.claims_profile])
    return scope in client.scopes


def snapshot(
    held: HeldClaims, client: "ClientRecord", scopes: Iterable[str], asked_by_name: Iterable[str]
) -> dict[str, Any]:
    """What userinfo will answer: claims asked for, by scope or by name, within what this FS was granted (S-048)."""
    scopes, names = set(scopes), set(asked_by_name)
    given = {}
    for claim in readable_by(client):
        if claim.scope in client.scopes and (claim.scope in scopes or claim.name in names):
            value = claim.read(held)
            if value or value is False or claim.even_empty:
                given[claim.name] = value
    return given


def still_granted(told: Mapping[str, Any], client: "ClientRecord") -> dict[str, Any]:
    """A snapshot less what was opened by a scope taken from this FS since (S-048)."""
    names = {claim.name for claim in readable_by(client) if claim.scope in client.scopes}
    return {name: value for name, value in told.items() if name in names}
