"""To a FI and back: what is asked of it, and what its refusals become."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from federation import provider_state, registry
from federation.errors import FederationError
from federation.journey import answering, store
from federation.journey.journey import Journey
from federation.journey.situation import client_of
from federation.provider_state import Outcome
from federation.registry.records import ProviderRecord
from federation.rp import providers
from federation.rp import transaction as rp_transaction
from federation.traces import Trace
from proconnect.kernel.contracts.identity_provider import (
    AssertedIdentity,
    AuthenticationAsk,
    ProviderRefused,
    ProviderUnreachable,
)
from proconnect.kernel.error_page import Refused
from proconnect.kernel.traces import record


def send_to(request: HttpRequest, journey: Journey, provider: ProviderRecord) -> HttpResponse:
    journey = store.keep(journey.sent(provider.uid))
    answering.offer_way_out(request, journey, provider)
    try:
        response = providers.of(provider).begin(request, _ask(journey, provider))
    except ProviderUnreachable as failure:
        raise _unreachable(journey, provider, failure) from failure
    record(Trace.FI_CHOSEN, journey_id=journey.id, provider=provider.uid)
    return response


def collect(request: HttpRequest, journey: Journey) -> AssertedIdentity | HttpResponse:
    """What the FI asserts; or, when the person gave up on our own pages, the answer to the FS. Raises Refused."""
    if journey.sent_to is None:  # nobody was asked anything: the address was typed
        raise Refused(FederationError.ANSWER_ALREADY_USED)
    provider = registry.find_provider(journey.sent_to)
    if provider is None:
        raise Refused(FederationError.PROVIDER_UNKNOWN)
    answering.offer_way_out(request, journey, provider)
    if not provider.is_open:
        raise Refused(FederationError.PROVIDER_DISABLED, provider=provider.title)
    try:
        identity = providers.of(provider).collect(request, _ask(journey, provider))
    except ProviderRefused as refusal:
        return _declined(journey, provider, refusal)
    except ProviderUnreachable as failure:
        raise _unreachable(journey, provider, failure) from failure
    provider_state.count(provider.uid, Outcome.SUCCEEDED)
    record(Trace.FI_ANSWERED, journey_id=journey.id, provider=provider.uid, acr=identity.acr)
    return identity


def _ask(journey: Journey, provider: ProviderRecord) -> AuthenticationAsk:
    client = client_of(journey)
    demand = journey.demand(client)
    return AuthenticationAsk(
        journey_id=journey.id,
        provider_uid=provider.uid,
        return_to=settings.ENV.site_url + reverse("federation:oidc-callback"),
        client_id=client.client_id,
        client_name=client.name,
        login_hint=journey.email,
        other_email_at=settings.ENV.site_url + reverse("federation:email", args=[journey.id]),
        siret_hint=journey.asked.siret_hint,
        demanded_acr=demand.levels() if provider.heeds_levels else (),
        preferred_acr=journey.asked.preferred_acr,
        fresh=journey.is_fresh,
        max_age=journey.asked.max_age,
        remember_me=journey.remember_me,
    )


def _declined(journey: Journey, provider: ProviderRecord, refusal: ProviderRefused) -> HttpResponse:
    record(
        Trace.FI_REFUSED,
        journey_id=journey.id,
        provider=provider.uid,
        check=refusal.check,
        error=refusal.oauth_error,
    )
    if provider.is_local and refusal.oauth_error:  # the person, on our own pages, chose to go back
        return answering.answer_error(journey, refusal.oauth_error, refusal.description)
    if provider.is_local:  # a ticket that served already: another request may be answering with it
        raise Refused(FederationError.ANSWER_ALREADY_USED)
    error = _error_of(refusal.code)
    if error is not FederationError.ANSWER_ALREADY_USED:  # a page that was reloaded
        provider_state.count(provider.uid, Outcome.REFUSED)
    reason = refusal.description or refusal.oauth_error or refusal.check
    raise Refused(error, provider=provider.title, reason=reason, claim=refusal.check)


def _unreachable(journey: Journey, provider: ProviderRecord, failure: ProviderUnreachable) -> Refused:
    provider_state.count(provider.uid, Outcome.UNREACHABLE)
    record(Trace.FI_UNREACHABLE, journey_id=journey.id, provider=provider.uid, code=failure.code)
    return Refused(_error_of(failure.code), provider=provider.title, reason="", claim="")


def _error_of(code: str) -> FederationError:
    return next(error for error in FederationError if error.value.code == code)


def journey_of_callback(request: HttpRequest) -> UUID:
    """Which journey a return belongs to: by its ``state`` for a FI, by name for Identité's one-time ticket."""
    pending = rp_transaction.of_callback(request)
    if pending:
        return pending.journey_id
    try:
        return UUID(request.GET["journey"])
    except (KeyError, ValueError):
        raise Refused(FederationError.ANSWER_ALREADY_USED) from None
