"""May this person join this organisation, and on what ground? (pure)"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from identite.membership.grounds import Ground
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.organization import OrganizationFacts


def _(text: str) -> str:
    """Marks a msgid; the page that shows it translates it."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    email: EmailAddress
    organization: OrganizationFacts
    is_member: bool = False
    verified_domains: frozenset[str] = frozenset()  # by moderation, for this organisation
    external_domains: frozenset[str] = frozenset()  # of people who work for it without belonging to it
    refused_domains: frozenset[str] = frozenset()
    is_free_mail: bool = False  # a mailbox anybody may open
    is_moderation_bypassed: bool = False  # sandbox


class Refusal(Enum):
    ORGANIZATION_CLOSED = _("Cette organisation est fermée. Choisissez l’établissement où vous travaillez.")
    DOMAIN_REFUSED = _(
        "Cette organisation n’admet pas votre adresse e-mail. Utilisez celle qu’elle vous a donnée, "
        "ou choisissez une autre organisation."
    )


class Doubt(StrEnum):
    """Why moderation is asked."""

    FREE_MAIL = "free_mail"
    UNKNOWN_DOMAIN = "unknown_domain"


@dataclass(frozen=True, slots=True)
class AlreadyMember:
    pass


@dataclass(frozen=True, slots=True)
class Join:
    ground: Ground
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class Moderate:
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Reject:
    refusal: Refusal


Decision = AlreadyMember | Join | Moderate | Reject


def decide(facts: Facts) -> Decision:
    """The order is the rule: refusals before grounds for joining, the strongest ground first.

    Source: docs/regles/rattachement.md.
    """
    domain = facts.email.domain
    if not facts.organization.is_active:
        return Reject(Refusal.ORGANIZATION_CLOSED)
    if domain in facts.refused_domains:
        return Reject(Refusal.DOMAIN_REFUSED)
    if facts.is_member:
        return AlreadyMember()
    if str(facts.email) == (facts.organization.contact_email or "").lower():
        return Join(Ground.OFFICIAL_CONTACT)
    if not facts.is_free_mail and domain in facts.verified_domains | set(facts.organization.domains):
        return Join(Ground.DOMAIN)
    if not facts.is_free_mail and domain in facts.external_domains:
        return Join(Ground.DOMAIN, is_external=True)
    if facts.is_moderation_bypassed:
        return Join(Ground.BYPASSED)
    return Moderate(Doubt.FREE_MAIL if facts.is_free_mail else Doubt.UNKNOWN_DOMAIN)
