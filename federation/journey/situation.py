"""look(): what is true now, gathered once for the steps. Reads, never writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from federation import reconciliation, registry, routing, sessions
from federation.errors import FederationError
from federation.journey import organization, plausibility
from federation.journey.journey import Journey
from federation.op import id_token
from federation.reconciliation import Known
from federation.registry.records import ClientRecord, Outage, ProviderRecord
from federation.sessions import OpenSession, Standing, Wish
from proconnect.kernel.assurance import Reached, level_of, with_a_mail_code
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.error_page import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Before a FI is asked."""

    client: ClientRecord
    id_token_hint_is_ours: bool  # true when there is none
    session: OpenSession | None
    standing: Standing | None = None  # of the session, when there is one
    session_provider: ProviderRecord | None
    session_fits: bool  # the open session may answer this request, levels aside
    session_satisfies: bool  # and it reaches what is demanded
    hint: str  # idp_hint, as received
    hinted: ProviderRecord | None
    email: EmailAddress | None
    tester: EmailAddress | None = None  # the address without its suffix, where it opens a FI in acceptance
    is_plausible: bool = True  # the address could exist, or nobody can tell
    candidates: tuple[ProviderRecord, ...]
    outages: Mapping[UUID, Outage] = field(default_factory=dict)  # of the candidates, to tell the person
    chosen: ProviderRecord | None

    @property
    def offered(self) -> tuple[ProviderRecord, ...]:
        """The candidates that the FS admits."""
        return tuple(each for each in self.candidates if routing.client_admits_provider(self.client, each))

    @property
    def hinted_is_offered(self) -> bool:
        """The FI of idp_hint is one an address may lead to: open, and out of its acceptance tests or in the tester's."""
        if self.hinted is None or not self.hinted.is_open:
            return False
        return self.hinted.is_routed or (self.tester is not None and self.hinted in self.candidates)

    @property
    def login_hint(self) -> str:
        """Instead of what was typed; empty: as typed."""
        return str(self.tester) if self.tester else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """Back from a FI, or resting on an open session."""

    client: ClientRecord
    provider: ProviderRecord
    identity: AssertedIdentity
    email: EmailAddress
    domain_is_anothers: bool = False  # some other FI lists the domain of this address
    sub: UUID | None  # None: a person never seen
    only_person: UUID | None  # the sub the FS wants an answer about, and no other (id_token_hint)
    is_blocked: bool
    organization_label: str
    roles: tuple[str, ...]
    reached: Reached  # by the FI, and by the code we mailed once it has come back
    known: Known | None  # None: never seen; unused when a session is reused
    session: OpenSession | None  # the one reused
    organization_is_unverified: bool = False  # the registers do not answer: nothing can be said of it
    is_disputed: bool = False  # the FI seems to have given this person's sub to somebody else
    previous_subs: tuple[str, ...] = ()


def client_of(journey: Journey) -> ClientRecord:
    """Raises Refused(UNKNOWN_CLIENT): a FS put out of service meanwhile is answered no more."""
    client = registry.find_client(journey.asked.client_id)
    if client is None:
        raise Refused(FederationError.UNKNOWN_CLIENT)
    return client


def look(request: HttpRequest, journey: Journey) -> Leaving:
    now = timezone.now()
    session, standing = _usable(sessions.current(request, now=now))
    only = _only_person(journey)
    hinted = _provider(journey.asked.idp_hint)
    email = _email(journey.email)
    tester, candidates = _candidates(email, now) if email else (None, ())
    fits = session is not None and session.may_answer(_wish(journey, hinted, email, only), now=now)
    client = client_of(journey)
    return Leaving(
        client=client,
        id_token_hint_is_ours=only is not None or not journey.asked.id_token_hint,
        session=session,
        standing=standing,
        session_provider=registry.find_provider(session.provider_uid) if session else None,
        session_fits=fits,
        session_satisfies=session is not None and session.satisfies(journey.demand(client)),
        hint=journey.asked.idp_hint,
        hinted=hinted,
        email=email,
        tester=tester,
        is_plausible=fits or tester is not None or _is_plausible(journey, email),
        candidates=candidates,
        outages=outages(candidates, now),
        chosen=next((provider for provider in candidates if provider.uid == journey.chosen), None),
    )


def look_at_arrival(journey: Journey, provider: ProviderRecord, identity: AssertedIdentity) -> Arriving:
    email = EmailAddress.parse(identity.email)
    known = reconciliation.find(provider, identity, default=registry.default_provider())
    told = organization.of(identity.siret, now=timezone.now())
    reached = Reached(
        acr=level_of(identity.acr),
        amr=identity.amr,
        link_is_verified=identity.link_is_verified,
        is_director=identity.is_certified_director,
    )
    return Arriving(
        client=client_of(journey),
        provider=provider,
        identity=identity,
        email=email,
        domain_is_anothers=registry.is_declared_by_another(email.domain, provider.uid),
        sub=known.account.sub if known else None,
        only_person=_only_person(journey),
        is_blocked=known is not None and known.is_blocked,
        is_disputed=known is not None and known.is_disputed,
        organization_label=told.label,
        organization_is_unverified=told.is_unverified,
        roles=told.roles,
        reached=_with_mailbox(journey, identity, reached),
        known=known,
        session=None,
        previous_subs=tuple(known.account.previous_subs) if known else (),
    )


def look_at_session(journey: Journey, session: OpenSession, standing: Standing) -> Arriving:
    """The same facts for a session that is reused: every check runs again on them."""
    provider = registry.find_provider(session.provider_uid)
    if provider is None:
        raise Refused(FederationError.PROVIDER_UNKNOWN)
    email = EmailAddress.parse(session.identity.email)
    return Arriving(
        client=client_of(journey),
        provider=provider,
        identity=session.identity,
        email=email,
        domain_is_anothers=registry.is_declared_by_another(email.domain, provider.uid),
        sub=session.account,
        only_person=_only_person(journey),
        is_blocked=standing.is_blocked,
        organization_label=session.organization_label,
        roles=session.roles,
        reached=_with_mailbox(journey, session.identity, session.reached),
        known=None,
        session=session,
        previous_subs=standing.previous_subs,
    )


def _with_mailbox(journey: Journey, identity: AssertedIdentity, reached: Reached) -> Reached:
    """A code counts for the address it was sent to, in the journey that sent it."""
    return with_a_mail_code(reached) if journey.proved_mailbox == identity.email else reached


def _usable(session: OpenSession | None) -> tuple[OpenSession, Standing] | tuple[None, None]:
    """A session dies with the FI that opened it, and wherever it was ended from."""
    provider = registry.find_provider(session.provider_uid) if session else None
    if session is None or provider is None or not provider.is_open:
        return None, None
    standing = sessions.standing(session)
    return (session, standing) if standing else (None, None)


def _only_person(journey: Journey) -> UUID | None:
    hint = id_token.read_hint(journey.asked.id_token_hint) if journey.asked.id_token_hint else None
    return hint.sub if hint else None


def _wish(
    journey: Journey, hinted: ProviderRecord | None, email: EmailAddress | None, only: UUID | None
) -> Wish:
    return Wish(
        fresh=journey.is_fresh,
        max_age=journey.asked.max_age,
        provider_uid=hinted.uid if hinted else None,
        email=email,
        sub=only,
    )


def _candidates(email: EmailAddress, now: datetime) -> tuple[EmailAddress | None, tuple[ProviderRecord, ...]]:
    """With the address of the tester, when it opens FI in acceptance. For anybody else the suffix is ordinary."""
    bare = routing.without_acceptance_suffix(email)
    tested = routing.in_acceptance_for(bare, registry.providers_in_acceptance(), now=now) if bare else ()
    if tested:
        return bare, tested
    return None, routing.candidates(registry.providers_for(email.domain), registry.default_provider())


def outages(providers: Iterable[ProviderRecord], now: datetime) -> dict[UUID, Outage]:
    told = {provider.uid: routing.outage_to_tell(provider, now=now) for provider in providers}
    return {uid: outage for uid, outage in told.items() if outage}


def _is_plausible(journey: Journey, email: EmailAddress | None) -> bool:
    """Asked only where the answer may be shown to the person."""
    needless = journey.is_silent or journey.insists or journey.asked.idp_hint
    return email is None or bool(needless) or plausibility.is_plausible(email)


def _provider(hint: str) -> ProviderRecord | None:
    try:
        return registry.find_provider(UUID(hint)) if hint else None
    except ValueError:
        return None


def _email(text: str) -> EmailAddress | None:
    try:
        return EmailAddress.parse(text) if text else None
    except ValueError:
        return None
