"""The claims a FS may read: one table, from which userinfo, discovery, forms and documentation are derived."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from federation.registry.records import ClientRecord, ProviderRecord
    from proconnect.kernel.contracts.identity_provider import AssertedIdentity


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


@dataclass(frozen=True, slots=True)
class Claim:
    name: str
    scope: str
    read: Callable[[HeldClaims], Any]
    giver: Giver = Giver.FI
    even_empty: bool = False  # an empty value is an answer: it is given, not left out


CLAIMS: tuple[Claim, ...] = (
    Claim("sub", "openid", lambda held: str(held.sub), Giver.FEDERATION),
    Claim("given_name", "given_name", lambda held: held.identity.given_name),
    Claim("usual_name", "usual_name", lambda held: held.identity.usual_name),
    Claim("email", "email", lambda held: held.identity.email),
    Claim("uid", "uid", lambda held: held.identity.uid),
    Claim("siret", "siret", lambda held: held.identity.siret),
    Claim("siren", "siren", lambda held: held.identity.siren),
    Claim("phone_number", "phone", lambda held: held.identity.phone_number),
    Claim("organizational_unit", "organizational_unit", lambda held: held.identity.organizational_unit),
    Claim("belonging_population", "belonging_population", lambda held: held.identity.belonging_population),
    Claim("chorusdt:matricule", "chorusdt", lambda held: held.identity.chorusdt_matricule),
    Claim("chorusdt:societe", "chorusdt", lambda held: held.identity.chorusdt_societe),
    Claim("custom", "custom", lambda held: held.identity.custom, even_empty=True),
    Claim("idp_id", "idp_id", lambda held: str(held.provider.uid), Giver.FEDERATION),
    Claim("idp_acr", "idp_acr", lambda held: held.identity.acr),
    Claim("organization_label", "organization_label", lambda held: held.organization_label, Giver.DIRECTORY),
    Claim("roles", "roles", lambda held: list(held.roles), Giver.DIRECTORY, even_empty=True),
)

# Of the authentication, not of the person: in the ID token alone. ``amr`` is there only when asked for.
AUTHENTICATION_CLAIMS = ("acr", "amr", "auth_time", "sid")

SCOPES: tuple[str, ...] = tuple(dict.fromkeys([*(claim.scope for claim in CLAIMS), "amr"]))


def snapshot(
    held: HeldClaims, client: "ClientRecord", scopes: Iterable[str], asked_by_name: Iterable[str]
) -> dict[str, Any]:
    """What userinfo will answer: claims asked for, by scope or by name, within what this FS was granted (S-048)."""
    scopes, names = set(scopes), set(asked_by_name)
    given = {}
    for claim in CLAIMS:
        if claim.scope in client.scopes and (claim.scope in scopes or claim.name in names):
            value = claim.read(held)
            if value or claim.even_empty:
                given[claim.name] = value
    return given
