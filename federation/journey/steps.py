"""The login journey on one page: two lists of rules, in the order they apply (pure).

Each step answers a Move, or None to let the next one speak. The last one always moves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from federation.errors import FederationError
from federation.registry.records import ClientRecord, ProviderRecord
from federation.routing import client_admits_email, client_admits_provider, may_assert
from proconnect.kernel.assurance import AnyAcr, Reached, answer_to, answer_to_voluntary, on_reuse
from proconnect.kernel.email_address import EmailAddress

if TYPE_CHECKING:
    from federation.journey.journey import Journey
    from federation.journey.situation import Arriving, Leaving


@dataclass(frozen=True, slots=True)
class AskEmail:
    pass


@dataclass(frozen=True, slots=True)
class WarnOfAddress:
    """The e-mail page again, with what makes the address lead nowhere good. Whoever submits it again goes on."""

    email: EmailAddress


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


Move = (
    AskEmail
    | WarnOfAddress
    | ChooseProvider
    | GoTo
    | ReuseSession
    | ProveMailbox
    | Answer
    | AnswerError
    | Refuse
)
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
    if seen.hinted and seen.hinted_is_offered and client_admits_provider(seen.client, seen.hinted):
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
    demand = journey.demand(seen.client)
    if seen.session is None or not seen.session_fits or not demand:
        return None
    if seen.session_provider and seen.session_provider.heeds_levels:
        return GoTo(seen.session_provider, login_hint=seen.session.identity.email)
    return ReuseSession() if demand.a_mail_code_suffices(seen.session.reached) else None


def doubt_an_implausible_address(journey: "Journey", seen: "Leaving") -> Move | None:
    """Before any refusal: a slip of the finger is to be mended, not refused."""
    if seen.email is None or seen.is_plausible or journey.insists:
        return None
    return WarnOfAddress(seen.email)


def refuse_given_email_the_client_excludes(journey: "Journey", seen: "Leaving") -> Move | None:
    """Typed, or hinted by the FS. What the FI asserts is judged too, on arrival."""
    if seen.email is None or client_admits_email(seen.client, seen.email):
        return None
    return _email_refused(seen.client, seen.email.domain, seen.email.domain)


def follow_idp_hint(journey: "Journey", seen: "Leaving") -> Move | None:
    return GoTo(seen.hinted, login_hint=seen.login_hint) if seen.hinted else None


def ask_email(journey: "Journey", seen: "Leaving") -> Move | None:
    return AskEmail() if seen.email is None else None


def refuse_unserved_address(journey: "Journey", seen: "Leaving") -> Move | None:
    return None if seen.candidates else Refuse(FederationError.NO_PROVIDER, {"email": seen.email})


def refuse_providers_the_client_excludes(journey: "Journey", seen: "Leaving") -> Move | None:
    if seen.offered or seen.email is None:
        return None
    titles = ", ".join(provider.title for provider in seen.candidates)
    return _provider_refused(seen.client, titles, seen.email.domain)


def tell_of_a_planned_outage(journey: "Journey", seen: "Leaving") -> Move | None:
    """Who has no other FI is told before leaving for one that will not answer; the others are told by the chooser."""
    if seen.email is None or journey.insists:
        return None
    is_near = len(seen.offered) == 1 and seen.offered[0].uid in seen.outages
    return WarnOfAddress(seen.email) if is_near else None


def route_by_email(journey: "Journey", seen: "Leaving") -> Move:
    match seen.offered:
        case (only,):
            return GoTo(only, login_hint=seen.login_hint)
        case several if seen.chosen is not None and seen.chosen in several:
            return GoTo(seen.chosen, login_hint=seen.login_hint)
        case several:
            return ChooseProvider(among=several)


DEPARTURE: tuple[Step["Leaving"], ...] = (
    refuse_a_hint_that_is_not_ours,
    refuse_idp_hint_that_leads_nowhere,
    reuse_open_session,
    obey_prompt_none,
    step_up_open_session,
    doubt_an_implausible_address,
    refuse_given_email_the_client_excludes,
    follow_idp_hint,
    ask_email,
    refuse_unserved_address,
    refuse_providers_the_client_excludes,
    tell_of_a_planned_outage,
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
    if may_assert(seen.provider, seen.email, is_anothers=seen.domain_is_anothers):
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
    return _provider_refused(seen.client, seen.provider.title, _organization(seen))


def refuse_email_the_client_excludes(journey: "Journey", seen: "Arriving") -> Move | None:
    if client_admits_email(seen.client, seen.email):
        return None
    return _email_refused(seen.client, seen.email.domain, _organization(seen))


def refuse_private_sector(journey: "Journey", seen: "Arriving") -> Move | None:
    if seen.client.accepts_private_sector or "agent_public" in seen.roles:
        return None
    if seen.organization_is_unverified:
        return Refuse(FederationError.ORGANIZATION_UNVERIFIED, {"client": seen.client.name})
    return Refuse(FederationError.PRIVATE_SECTOR_REFUSED, _policy(seen.client, _organization(seen)))


def prove_mailbox(journey: "Journey", seen: "Arriving") -> Move | None:
    """Asked only where the code is enough, never of who already gave a second factor or a code."""
    return ProveMailbox() if journey.demand(seen.client).a_mail_code_suffices(_worth(seen)) else None


def refuse_unmet_level(journey: "Journey", seen: "Arriving") -> Move | None:
    """An essential level that was not reached is never answered by a code (S-018)."""
    if journey.demand(seen.client).values_are_met(_worth(seen)):
        return None
    return AnswerError("access_denied", UNMET_LEVEL)


def refuse_less_than_the_clients_minimum(journey: "Journey", seen: "Arriving") -> Move | None:
    """The FS did not ask for it this time: the person is told why they do not enter."""
    if journey.demand(seen.client).minimum_is_met(_worth(seen)):
        return None
    facts = _policy(seen.client, _organization(seen)) | {"provider": seen.provider.title}
    return Refuse(FederationError.LEVEL_TOO_LOW, facts)


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
    refuse_less_than_the_clients_minimum,
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


def _organization(seen: "Arriving") -> str:
    return seen.organization_label or seen.identity.siret or seen.email.domain


def _policy(client: ClientRecord, organization: str) -> dict[str, Any]:
    """What every refusal by a rule of the FS tells: which FS, and whom it concerns."""
    return {"client": client.name, "organization": organization}


def _email_refused(client: ClientRecord, domain: str, organization: str) -> Refuse:
    allowed = ", ".join(sorted(client.allowed_email_domains))
    facts = _policy(client, organization) | {"domain": domain, "allowed": allowed}
    return Refuse(FederationError.EMAIL_DOMAIN_REFUSED, facts)


def _provider_refused(client: ClientRecord, provider: str, organization: str) -> Refuse:
    return Refuse(
        FederationError.PROVIDER_NOT_ALLOWED, _policy(client, organization) | {"provider": provider}
    )
