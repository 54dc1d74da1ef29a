"""From a journey to its next move, and from a move to a response. No rule here: they are all in the steps."""

from dataclasses import replace
from typing import assert_never

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from federation import reconciliation, registry, sessions
from federation.errors import FederationError
from federation.journey import answering, code_page, provider_trip, steps, store
from federation.journey.journey import Journey
from federation.journey.situation import Arriving, look, look_at_arrival, look_at_session
from federation.journey.steps import ARRIVAL, DEPARTURE, Move, next_move
from federation.registry.records import ProviderRecord
from federation.traces import Trace
from proconnect.kernel.error_page import Refused
from proconnect.kernel.traces import record


def depart(request: HttpRequest, journey: Journey) -> tuple[Move, Arriving | None]:
    leaving = look(request, journey)
    move = next_move(DEPARTURE, journey, leaving)
    if not isinstance(move, steps.ReuseSession):
        return move, None
    assert leaving.session is not None
    assert leaving.standing is not None
    return arrive(request, journey, look_at_session(journey, leaving.session, leaving.standing))


def arrive(request: HttpRequest, journey: Journey, seen: Arriving) -> tuple[Move, Arriving]:
    if seen.session and seen.is_blocked:
        sessions.close(request)
    move = next_move(ARRIVAL, journey, seen)
    if isinstance(move, steps.Refuse) and move.error is FederationError.IDENTITY_DISPUTED:
        assert seen.known is not None
        reconciliation.dispute(seen.known, seen.provider, now=timezone.now())
    return move, seen


def resume(request: HttpRequest, journey: Journey) -> tuple[Move, Arriving | None]:
    """From where the journey stands: back from a FI, or before it. What a FI asserted is judged anew each time."""
    provider = registry.find_provider(journey.sent_to) if journey.sent_to else None
    if provider is None or journey.asserted is None:
        return depart(request, journey)
    return arrive(request, journey, look_at_arrival(journey, provider, journey.asserted))


def perform(request: HttpRequest, journey: Journey, move: Move, seen: Arriving | None = None) -> HttpResponse:
    """The only place where a move becomes a response."""
    match move:
        case steps.AskEmail():
            record(Trace.EMAIL_ASKED, journey_id=journey.id)
            return _show(store.keep(journey), "federation:email")
        case steps.WarnOfAddress(email):
            record(Trace.EMAIL_DOUBTED, journey_id=journey.id, domain=email.domain)
            return _show(
                store.keep(replace(journey, email=str(email), warned=str(email))), "federation:email"
            )
        case steps.ChooseProvider():
            record(Trace.FI_CHOICE_ASKED, journey_id=journey.id)
            return _show(store.keep(journey), "federation:provider")
        case steps.GoTo(provider, login_hint):
            return _go_to(request, journey, provider, login_hint)
        case steps.ReuseSession():
            raise RuntimeError("depart goes on from a session that is reused to what arrives from it")
        case steps.ProveMailbox():
            assert seen is not None
            return code_page.ask(request, journey, seen)
        case steps.Answer(acr):
            assert seen is not None
            return answering.answer_client(request, journey, seen, acr)
        case steps.AnswerError(error, description):
            return answering.answer_error(journey, error, description)
        case steps.Refuse(error, facts):
            answering.offer_way_out(request, journey, seen.provider if seen else None)
            raise Refused(error, **facts)
        case _:
            assert_never(move)


def _go_to(request: HttpRequest, journey: Journey, provider: ProviderRecord, login_hint: str) -> HttpResponse:
    if not provider.is_routed:
        record(Trace.FI_IN_ACCEPTANCE, journey_id=journey.id, provider=provider.uid)
    return provider_trip.send_to(request, replace(journey, email=login_hint or journey.email), provider)


def _show(journey: Journey, page: str) -> HttpResponse:
    return redirect(reverse(page, args=[journey.id]))
