"""Raw claims of a FI → what we take for true of the person, and what was wrong with them (pure). The rules, in French:
docs/regles/identite-recue.md.

What must not be wrong is refused, naming the claim; a phone number of no use is left out; a missing or wrong SIRET
gives way to the FI's own.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from federation import quirks
from federation.registry.records import ProviderRecord
from proconnect.kernel.assurance import Acr, capped, level_of
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.siret import Siret, is_siren

LONGEST = 256  # characters
MOST_METHODS = 16
CUSTOM_MOST_NAMES = 50
CUSTOM_DEEPEST = 4
CUSTOM_LARGEST = 16 * 1024  # characters of JSON
# Protocol's own, and names that would alter an object of JavaScript wherever the claim ends up.
NOT_CUSTOM = frozenset(
    "iss aud exp iat nbf nonce jti auth_time at_hash c_hash s_hash azp sid acr amr email_verified".split()
)
FORBIDDEN_NAMES = frozenset(("__proto__", "constructor", "prototype"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What the verified ID token says of the moment the person proved who they are."""

    acr: str
    amr: tuple[str, ...]
    authenticated_at: datetime
    proof: str


class Defect(StrEnum):
    """The values of ProviderDefect."""

    MISSING = "missing"  # absent, null or empty, though expected
    REFUSED = "refused"  # the identity with it
    DROPPED = "dropped"  # of no use, left out
    DEFAULTED = "defaulted"  # the FI's own value was put in its place


class Finding(NamedTuple):
    claim: str
    defect: Defect


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    identity: AssertedIdentity | None  # None: refused
    defects: tuple[Finding, ...]
    unknown: tuple[str, ...]  # names of the claims that no row knows, given to the FS as ``custom``

    @property
    def refused_claims(self) -> tuple[str, ...]:
        return tuple(claim for claim, defect in self.defects if defect is Defect.REFUSED)


class Presence(Enum):
    MANDATORY = "without it, the identity is refused"
    EXPECTED = "its absence is noted"
    OPTIONAL = "its absence means nothing"


class Unusable(ValueError):
    """Left out, without harm to the rest."""


@dataclass(frozen=True, slots=True)
class Field:
    """``read`` raises Unusable for a value to leave out, any other ValueError for one that cannot be accepted."""

    claim: str
    read: Callable[[Any], str]
    presence: Presence = Presence.MANDATORY
    name: str = ""  # of the attribute, when it differs

    @property
    def attribute(self) -> str:
        return self.name or self.claim


def identifier(value: Any) -> str:
    """FI contract: ASCII, 1 to 256."""
    if isinstance(value, str) and value.isascii() and value.isprintable() and 1 <= len(value) <= LONGEST:
        return value
    raise ValueError


def text(value: Any) -> str:
    if not isinstance(value, str) or not _is_harmless(value):
        raise ValueError
    trimmed = value.strip()
    if not 1 <= len(trimmed) <= LONGEST:
        raise ValueError
    return trimmed


def email(value: Any) -> str:
    return str(EmailAddress.parse(identifier(value)))


def phone_number(value: Any) -> str:
    """7 to 15 digits (E.164), one space or hyphen between them at most."""
    if isinstance(value, str) and re.fullmatch(r"\+?[0-9](?:[ -]?[0-9]){6,14}", value):
        return value
    raise Unusable


def siren(value: Any) -> str:
    number = re.sub(r"\s", "", text(value))
    if is_siren(number):
        return number
    raise Unusable


TODAYS_METHODS = {"totp": "otp"}
FIELDS: tuple[Field, ...] = (
    Field("sub", identifier),
    Field("uid", identifier),
    Field("email", email),
    Field("given_name", text),
    Field("usual_name", text),
    Field("phone_number", phone_number, Presence.EXPECTED),
    Field("siren", siren, Presence.OPTIONAL),
    Field("organizational_unit", text, Presence.EXPECTED),
    Field("belonging_population", text, Presence.EXPECTED),
    Field("chorusdt:matricule", text, Presence.OPTIONAL, "chorusdt_matricule"),
    Field("chorusdt:societe", text, Presence.OPTIONAL, "chorusdt_societe"),
)
KNOWN = frozenset(field.claim for field in FIELDS) | {"siret"}
LEVELS = frozenset(acr.value for acr in Acr if acr is not Acr.DIRIGEANT)


def clean(claims: Mapping[str, Any], authentication: Authentication, provider: ProviderRecord) -> Received:
    """Every claim is judged, were the first one wrong: the FI is told of all its faults at once."""
    findings: list[Finding] = []
    asserted: dict[str, Any] = {
        field.attribute: _read(field, claims.get(field.claim), findings) for field in FIELDS
    }
    siret, is_default = _siret(claims.get("siret"), provider, findings)
    custom = _custom(claims, findings)
    acr, amr = _level(authentication, provider, findings), _methods(authentication, provider, findings)
    is_refused = any(defect is Defect.REFUSED for _, defect in findings)
    identity = AssertedIdentity(
        **{**asserted, "siren": asserted["siren"] or siret[:9]},
        siret=siret,
        siret_is_default=is_default,
        custom=custom,
        acr=acr,
        declared_acr=_declared_level(authentication.acr),
        amr=amr,
        authenticated_at=authentication.authenticated_at,
        proof=authentication.proof,
    )
    return Received(
        identity=None if is_refused else identity, defects=tuple(findings), unknown=tuple(sorted(custom))
    )


def _read(field: Field, value: Any, findings: list[Finding]) -> str:
    if value is None or value == "":  # a FI without the information may say so in either way
        findings += _absent(field)
        return ""
    try:
        return field.read(value)
    except Unusable:
        findings.append(Finding(field.claim, Defect.DROPPED))
    except ValueError:
        findings.append(Finding(field.claim, Defect.REFUSED))
    return ""


def _absent(field: Field) -> list[Finding]:
    missing, refused = Finding(field.claim, Defect.MISSING), Finding(field.claim, Defect.REFUSED)
    match field.presence:
        case Presence.MANDATORY:
            return [missing, refused]
        case Presence.EXPECTED:
            return [missing]
    return []


def _siret(value: Any, provider: ProviderRecord, findings: list[Finding]) -> tuple[str, bool]:
    """The number, and whether it is the FI's own in place of the person's."""
    try:
        return str(Siret.parse(text(value))), False
    except ValueError:
        is_absent = value is None or value == ""
        findings.append(Finding("siret", Defect.MISSING if is_absent else Defect.DROPPED))
    default = provider.default_siret or ""
    findings.append(Finding("siret", Defect.DEFAULTED if default else Defect.REFUSED))
    return default, bool(default)


def _level(authentication: Authentication, provider: ProviderRecord, findings: list[Finding]) -> Acr:
    """A director is certified by Identité alone: from a FI that word means nothing."""
    if not authentication.acr:
        findings += [Finding("acr", Defect.MISSING)] if quirks.says_a_level(provider.quirks) else []
    elif authentication.acr not in LEVELS:
        findings.append(Finding("acr", Defect.DROPPED))
    return capped(level_of(authentication.acr), mfa_capable=provider.is_mfa_capable)


def _declared_level(declared: str) -> str:
    """For the FS that asks what the FI said; a text of no use is left out."""
    return declared if len(declared) <= LONGEST and _is_harmless(declared) else ""


def _methods(
    authentication: Authentication, provider: ProviderRecord, findings: list[Finding]
) -> tuple[str, ...]:
    """In the words of RFC 8176, the older ones replaced; a word we do not know is passed on."""
    declared = authentication.amr
    sound = [method for method in declared if re.fullmatch(r"[A-Za-z0-9_:.-]{1,64}", method)]
    if not declared:
        findings.append(Finding("amr", Defect.MISSING))
    elif len(sound) < len(declared):
        findings.append(Finding("amr", Defect.DROPPED))
    todays = (TODAYS_METHODS.get(method, method) for method in sound)
    believed = (method for method in todays if method != "mfa" or provider.is_mfa_capable)
    return tuple(dict.fromkeys(believed))[:MOST_METHODS]


def _custom(claims: Mapping[str, Any], findings: list[Finding]) -> dict[str, Any]:
    """Whatever else the FI sends, within bounds: a FS that knows it may use it."""
    custom = {name: value for name, value in claims.items() if name not in KNOWN | NOT_CUSTOM}
    if _is_bounded(custom):
        return custom
    findings.append(Finding("custom", Defect.REFUSED))
    return {}


def _is_bounded(custom: dict[str, Any]) -> bool:
    return (
        len(custom) <= CUSTOM_MOST_NAMES
        and _is_acceptable(custom, CUSTOM_DEEPEST)
        and len(json.dumps(custom, ensure_ascii=False)) <= CUSTOM_LARGEST
    )


def _is_acceptable(value: Any, depth: int) -> bool:
    match value:
        case dict():
            return depth > 0 and all(
                _is_fair_name(name) and _is_acceptable(each, depth - 1) for name, each in value.items()
            )
        case list():
            return depth > 0 and all(_is_acceptable(each, depth - 1) for each in value)
        case str():
            return _is_harmless(value)
        case _:
            return True


def _is_fair_name(name: str) -> bool:
    return 1 <= len(name) <= 128 and name.isprintable() and name not in FORBIDDEN_NAMES


def _is_harmless(value: str) -> bool:
    """No control character, lone surrogate, line separator, nor sign that reverses the reading direction."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or "\u202a" <= character <= "\u202e"
        or "\u2066" <= character <= "\u2069"
        for character in value
    )
