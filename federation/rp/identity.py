"""Raw claims of a FI → AssertedIdentity (pure). What must not be wrong is refused, naming the claim; a phone number
of no use is left out; a missing or wrong SIRET gives way to the FI's own.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.errors import FederationError
from federation.registry.records import ProviderRecord
from federation.rp.failures import refused
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


@dataclass(frozen=True, slots=True)
class Field:
    """``read`` raises ValueError when the claim (None when absent) cannot be accepted."""

    claim: str
    read: Callable[[Any], str]
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


def text_or_nothing(value: Any) -> str:
    """A FI without the information may leave it out, or send null or an empty text."""
    return "" if value is None or value == "" else text(value)


def email(value: Any) -> str:
    return str(EmailAddress.parse(identifier(value)))


def phone_number(value: Any) -> str:
    """7 to 15 digits (E.164), one space or hyphen between them at most; anything else is left out."""
    is_usable = isinstance(value, str) and re.fullmatch(r"\+?[0-9](?:[ -]?[0-9]){6,14}", value)
    return value if is_usable else ""


def siren(value: Any) -> str:
    number = re.sub(r"\s", "", text_or_nothing(value))
    return number if is_siren(number) else ""


TODAYS_METHODS = {"totp": "otp"}
FIELDS: tuple[Field, ...] = (
    Field("sub", identifier),
    Field("uid", identifier),
    Field("email", email),
    Field("given_name", text),
    Field("usual_name", text),
    Field("phone_number", phone_number),
    Field("siren", siren),
    Field("organizational_unit", text_or_nothing),
    Field("belonging_population", text_or_nothing),
    Field("chorusdt:matricule", text_or_nothing, "chorusdt_matricule"),
    Field("chorusdt:societe", text_or_nothing, "chorusdt_societe"),
)
KNOWN = frozenset(field.claim for field in FIELDS) | {"siret"}


def clean(
    claims: Mapping[str, Any], authentication: Authentication, provider: ProviderRecord
) -> AssertedIdentity:
    """Raises ProviderRefused(Y500006), whose ``check`` is the name of the claim."""
    asserted: dict[str, Any] = {field.attribute: _read(field, claims.get(field.claim)) for field in FIELDS}
    siret, is_default = _siret(claims.get("siret"), provider)
    return AssertedIdentity(
        **{**asserted, "siren": asserted["siren"] or siret[:9]},
        siret=siret,
        siret_is_default=is_default,
        custom=_custom(claims),
        acr=_believed_level(authentication.acr, provider),
        declared_acr=_declared_level(authentication.acr),
        amr=_believed_methods(authentication.amr, provider),
        authenticated_at=authentication.authenticated_at,
        proof=authentication.proof,
    )


def _read(field: Field, value: Any) -> str:
    try:
        return field.read(value)
    except ValueError:
        raise refused(FederationError.WRONG_IDENTITY, field.claim) from None


def _siret(value: Any, provider: ProviderRecord) -> tuple[str, bool]:
    """The number, and whether it is the FI's own in place of the person's."""
    try:
        return str(Siret.parse(text(value))), False
    except ValueError:
        if provider.default_siret:
            return provider.default_siret, True
        raise refused(FederationError.WRONG_IDENTITY, "siret") from None


def _believed_level(declared: str, provider: ProviderRecord) -> Acr:
    """A director is certified by Identité alone: from a FI that word means nothing."""
    return capped(level_of(declared), mfa_capable=provider.is_mfa_capable)


def _declared_level(declared: str) -> str:
    """For the FS that asks what the FI said; a text of no use is left out."""
    return declared if len(declared) <= LONGEST and _is_harmless(declared) else ""


def _believed_methods(declared: tuple[str, ...], provider: ProviderRecord) -> tuple[str, ...]:
    """In the words of RFC 8176, the older ones replaced; a word we do not know is passed on."""
    sound = (
        TODAYS_METHODS.get(method, method)
        for method in declared
        if re.fullmatch(r"[A-Za-z0-9_:.-]{1,64}", method)
    )
    believed = (method for method in sound if method != "mfa" or provider.is_mfa_capable)
    return tuple(dict.fromkeys(believed))[:MOST_METHODS]


def _custom(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Whatever else the FI sends, within bounds: a FS that knows it may use it."""
    custom = {name: value for name, value in claims.items() if name not in KNOWN | NOT_CUSTOM}
    if not _is_bounded(custom):
        raise refused(FederationError.WRONG_IDENTITY, "custom")
    return custom


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
