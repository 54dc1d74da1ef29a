"""How a FI may bend the standard (pure): a closed list of names, written on its record. What each one changes is here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any


def _(text: str) -> str:
    """Marks a msgid; who shows it translates it."""
    return text


ENTRA_ID = "entra-id"
NO_USERINFO = "no-userinfo"
NO_ACR = "no-acr"
NO_PKCE = "no-pkce"
ASSERTION_FOR_ISSUER = "assertion-for-issuer"

QUIRKS: Mapping[str, str] = {
    ENTRA_ID: _(
        "Microsoft Entra ID : niveau lu dans `acrs` (c1, c2, c3), portées `openid email profile`, pas de paramètre "
        "`claims`, données absentes de userinfo prises dans l’ID token."
    ),
    NO_USERINFO: _("Pas de point d’accès userinfo : l’identité est lue dans l’ID token."),
    NO_ACR: _(
        "N’annonce jamais `acr` : aucun niveau ne lui est demandé, et son absence n’est pas un défaut."
    ),
    NO_PKCE: _("Refuse les paramètres de PKCE : ils ne lui sont pas envoyés."),
    ASSERTION_FOR_ISSUER: _(
        "Avec `private_key_jwt`, attend son `issuer` comme destinataire (`aud`), et non l’adresse du jeton."
    ),
}

# What our FI contract has a FI say of a person.
ATTRIBUTES = (
    "uid",
    "given_name",
    "usual_name",
    "email",
    "siren",
    "siret",
    "organizational_unit",
    "belonging_population",
    "phone_number",
    "chorusdt:matricule",
    "chorusdt:societe",
)
ENTRA_LEVELS = ("c1", "c2", "c3")  # authentication contexts, in rising order
LEVELS_OF_ENTRA = dict(zip(ENTRA_LEVELS, ("eidas1", "eidas2", "eidas3"), strict=True))


def unknown(names: Iterable[str]) -> Sequence[str]:
    return sorted(set(names) - QUIRKS.keys())


def takes_claims_parameter(quirks: Collection[str]) -> bool:
    return ENTRA_ID not in quirks


def has_userinfo(quirks: Collection[str]) -> bool:
    return NO_USERINFO not in quirks


def says_a_level(quirks: Collection[str]) -> bool:
    return NO_ACR not in quirks


def takes_pkce(quirks: Collection[str]) -> bool:
    return NO_PKCE not in quirks


def declared_level(id_token: Mapping[str, Any], quirks: Collection[str]) -> str:
    """In our words; empty when it says none. Raises ValueError when Entra's contexts are no list of texts."""
    if ENTRA_ID not in quirks:
        return id_token.get("acr") or ""
    contexts = id_token.get("acrs", [])
    if not isinstance(contexts, list) or not all(isinstance(each, str) for each in contexts):
        raise ValueError("acrs is no list of texts")
    reached = [context for context in ENTRA_LEVELS if context in contexts]
    return LEVELS_OF_ENTRA[reached[-1]] if reached else ""


def completed(
    userinfo: Mapping[str, Any], id_token: Mapping[str, Any], quirks: Collection[str]
) -> dict[str, Any]:
    """Entra ID puts in the ID token some of what userinfo should hold. Nothing else is taken from there (S-079)."""
    if ENTRA_ID not in quirks:
        return dict(userinfo)
    missing = [name for name in ATTRIBUTES if userinfo.get(name) in (None, "") and name in id_token]
    return {**userinfo, **{name: id_token[name] for name in missing}}
