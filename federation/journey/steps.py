"""The login journey on one page: two lists of rules, in the order they apply (pure).

Each step answers a Move, or None to let the next one speak. The last one always moves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from federation.errors import FederationError
from federation.registry.records import ProviderRecord
from federation.routing import client_admits_email, client_admits_provider, may_assert
from proconnect.kernel.assurance import (
    AnyAcr,
    Reached,
    a_mail_code_suffices,
    answer_to,
    answer_to_voluntary,
    on_reuse,
)

if TYPE_CHECKING:
    from federation.journey.journey import Journey
    from federation.journey.situation import Arriving, Leaving


@dataclass(frozen=True, slots=True)
class AskEmail:
    pass


@dataclass(frozen=True, slots=True)
class ChooseProvider:
    among: tuple[ProviderRecord, ...]


@dataclass(frozen=True, slots=True)
class GoTo:
    provider: ProviderRecord
    login_hint: str = ""  # empty: what the person typed


@dataclass(frozen=True, slots=True)
class ReuseSession:
    pass


@dataclass(frozen=True, slots=True)
class ProveMailbox:
    """A code by e-mail is the second factor of those who have no other."""


@dataclass(frozen=True, slots=True)
class Answer:
    acr: AnyAcr


@dataclass(frozen=True, slots=True)
class AnswerError:
    error: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    error: FederationError
    facts: dict[str, Any] = field(default_factory=dict)


Move = AskEmail | ChooseProvider | GoTo | ReuseSession | ProveMailbox | Answer | AnswerError | Refuse
Situation = TypeVar("Situation")
Step = Callable[["Journey", Situation], Move | None]

UNMET_LEVEL = "requested ACRs could not be satisfied"


# Departure: at authorize, and each time the person tells us more


def refuse_a_hint_that_is_not_ours(journey: "Journey", seen: "Leaving") -> Move | None:
    if seen.id_token_hint_is_ours:
        return None
    return AnswerError("invalid_request", "id_token_hint is not an ID token of this issuer")


def refuse_idp_hint_that_leads_nowhere(journey: "Journey", seen: "Leaving") -> Move | None:
    """An unknown, closed or unadmitted FI is an error for the FS, never a fallback on another one, nor on the open
    session (S-085)."""
    if not seen.hint:
        return None
    if seen.hinted and seen.hinted.is_open and client_admits_provider(seen.client, seen.hinted):
        return None
    return AnswerError("idp_hint_not_found", "the identity provider in idp_hint is unknown or not available")


def reuse_open_session(journey: "Journey", seen: "Leaving") -> Move | None:
    return ReuseSession() if seen.session_fits and seen.session_satisfies else None


def obey_prompt_none(journey: "Journey", seen: "Leaving") -> Move | None:
    """OIDC Core 3.1.2.1: prompt=none never shows a page. 3.1.2.6: why it cannot be answered."""
    if not journey.is_silent:
        return None
    if seen.session_fits:
        return AnswerError("interaction_required", UNMET_LEVEL)
    return AnswerError("login_required", "no session can answer this request without the user")


def step_up_open_session(journey: "Journey", seen: "Leaving") -> Move | None:
    """A session that fits but is too weak is raised where it can be, without asking the person who they are."""
    if seen.session is None or not seen.session_fits or not journey.asked.demanded_acr:
        return None
    if seen.session_provider and seen.session_provider.heeds_levels:
        return GoTo(seen.session_provider, login_hint=seen.session.identity.email)
    return ReuseSession() if a_mail_code_suffices(journey.asked.demanded_acr, seen.session.reached) else None


def follow_idp_hint(journey: "Journey", seen: "Leaving") -> Move | None:
    return GoTo(seen.hinted) if seen.hinted else None


def ask_email(journey: "Journey", seen: "Leaving") -> Move | None:
    return AskEmail() if seen.email is None else None


def refuse_typed_email_the_client_excludes(journey: "Journey", seen: "Leaving") -> Move | None:
    if seen.email is None or client_admits_email(seen.client, seen.email):
        return None
    return _email_refused(seen, seen.email.domain)


def route_by_email(journey: "Journey", seen: "Leaving") -> Move:
    match tuple(provider for provider in seen.candidates if client_admits_provider(seen.client, provider)):
        case ():
            return Refuse(FederationError.NO_PROVIDER, {"email": seen.email})
        case (only,):
            return GoTo(only)
        case several:
            return GoTo(seen.chosen) if seen.chosen in several else ChooseProvider(among=several)


DEPARTURE: tuple[Step["Leaving"], ...] = (
    refuse_a_hint_that_is_not_ours,
    refuse_idp_hint_that_leads_nowhere,
    reuse_open_session,
    obey_prompt_none,
    step_up_open_session,
    follow_idp_hint,
    ask_email,
    refuse_typed_email_the_client_excludes,
    route_by_email,
)


# Arrival: back from the FI, or resting on an open session


def refuse_another_person(journey: "Journey", seen: "Arriving") -> Move | None:
    """OIDC Core 3.1.2.1: with an id_token_hint, a positive answer is about that person alone (S-022)."""
    if seen.only_person in (None, seen.sub):
        return None
    return AnswerError("login_required", "the person who signed in is not the one of id_token_hint")


def refuse_blocked_account(journey: "Journey", seen: "Arriving") -> Move | None:
    return Refuse(FederationError.ACCOUNT_BLOCKED) if seen.is_blocked else None


def refuse_closed_provider(journey: "Journey", seen: "Arriving") -> Move | None:
    if seen.provider.is_open:
        return None
    return Refuse(FederationError.PROVIDER_DISABLED, {"provider": seen.provider.title})


def refuse_provider_not_entitled(journey: "Journey", seen: "Arriving") -> Move | None:
    """The address that counts is the one the FI asserts, whatever was typed at the start (S-076, S-077)."""
    if may_assert(seen.provider, seen.email):
        return None
    facts = {"provider": seen.provider.title, "domain": seen.email.domain}
    return Refuse(FederationError.PROVIDER_NOT_ENTITLED, facts)


def refuse_disputed_identity(journey: "Journey", seen: "Arriving") -> Move | None:
    """A sub that the FI seems to have given to somebody else opens nobody's account."""
    if not seen.is_disputed:
        return None
    return Refuse(FederationError.IDENTITY_DISPUTED, {"provider": seen.provider.title})


def refuse_provider_the_client_excludes(journey: "Journey", seen: "Arriving") -> Move | None:
    if client_admits_provider(seen.client, seen.provider):
        return None
    facts = {"client": seen.client.name, "provider": seen.provider.title}
    return Refuse(FederationError.PROVIDER_NOT_ALLOWED, facts)


def refuse_email_the_client_excludes(journey: "Journey", seen: "Arriving") -> Move | None:
    return None if client_admits_email(seen.client, seen.email) else _email_refused(seen, seen.email.domain)


def refuse_private_sector(journey: "Journey", seen: "Arriving") -> Move | None:
    if seen.client.accepts_private_sector or "agent_public" in seen.roles:
        return None
    organization = seen.organization_label or seen.identity.siret
    return Refuse(
        FederationError.PRIVATE_SECTOR_REFUSED, {"client": seen.client.name, "organization": organization}
    )


def prove_mailbox(journey: "Journey", seen: "Arriving") -> Move | None:
    """Asked only where the code is enough, never of who already gave a second factor or a code."""
    return ProveMailbox() if a_mail_code_suffices(journey.asked.demanded_acr, _worth(seen)) else None


def refuse_unmet_level(journey: "Journey", seen: "Arriving") -> Move | None:
    """An essential level that was not reached is never answered by a code (S-018)."""
    demanded = journey.asked.demanded_acr
    if not demanded or answer_to(demanded, _worth(seen)):
        return None
    return AnswerError("access_denied", UNMET_LEVEL)


def answer_client(journey: "Journey", seen: "Arriving") -> Move:
    demanded = answer_to(journey.asked.demanded_acr, _worth(seen))
    return Answer(demanded or answer_to_voluntary(journey.asked.preferred_acr, seen.reached))


def _worth(seen: "Arriving") -> Reached:
    return on_reuse(seen.reached) if seen.session else seen.reached


ARRIVAL: tuple[Step["Arriving"], ...] = (
    refuse_another_person,
    refuse_blocked_account,
    refuse_closed_provider,
    refuse_provider_not_entitled,
    refuse_disputed_identity,
    refuse_provider_the_client_excludes,
    refuse_email_the_client_excludes,
    refuse_private_sector,
    prove_mailbox,
    refuse_unmet_level,
    answer_client,
)


def next_move(steps: Sequence[Step[Situation]], journey: "Journey", seen: Situation) -> Move:
    """The first move a step makes. In a silent journey a page becomes the FS's error (OIDC Core 3.1.2.1)."""
    move = next(move for step in steps if (move := step(journey, seen)))
    match move:
        case Refuse(error) if journey.is_silent:
            return AnswerError(error.value.oauth_error, error.value.code)
        case ProveMailbox() if journey.is_silent:
            return AnswerError("interaction_required", UNMET_LEVEL)
    return move


def _email_refused(seen: "Leaving | Arriving", domain: str) -> Refuse:
    allowed = ", ".join(sorted(seen.client.allowed_email_domains))
    return Refuse(
        FederationError.EMAIL_DOMAIN_REFUSED,
        {"client": seen.client.name, "domain": domain, "allowed": allowed},
    )
