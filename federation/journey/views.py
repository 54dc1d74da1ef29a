"""The pages and hops of a journey. Each parses, asks what comes next, performs; none holds a rule."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from federation import registry
from federation.errors import FederationError
from federation.journey import code_page as codes
from federation.journey import email_page as emails
from federation.journey import loops, mail_code, steps, store
from federation.journey.answering import answer_error, offer_way_out
from federation.journey.conduct import depart, perform, resume
from federation.journey.forms import EmailForm, ProviderForm
from federation.journey.journey import Journey, begin
from federation.journey.provider_trip import collect, journey_of_callback
from federation.journey.situation import look
from federation.op import answer
from federation.op.request import AnswerableError, AuthorizationRequest, read
from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.error_page import Refused
from proconnect.kernel.traces import record
from proconnect.pages.forms import DsfrForm
from proconnect.pages.mail_codes import CodeForm, why_refused
from proconnect.platform.availability import OUTAGES
from proconnect.platform.limiter import Exhausted
from proconnect.platform.mail_codes import Outcome

LASTING = (  # the browser comes back
    steps.AskEmail,
    steps.WarnOfAddress,
    steps.ChooseProvider,
    steps.GoTo,
    steps.ProveMailbox,
)
LONGEST_URL = 7000  # bytes; servers and proxies take 8 kB with the headers' first line


@csrf_exempt  # a FS may post its request (OIDC Core 3.1.2.1); nothing is done before the person acts
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    return authorize_with(request, parameters_in(request.GET if request.method == "GET" else request.POST))


def parameters_in(sent: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name, values in sent.lists() for value in values]


def authorize_with(request: HttpRequest, parameters: list[tuple[str, str]]) -> HttpResponse:
    request.client_id = dict(parameters).get("client_id")  # type: ignore[attr-defined]  # for the trace, believed or not
    try:
        asked, client = read(parameters, registry.find_client, strict=settings.ENV.strict_requests)
    except AnswerableError as error:
        record(
            Trace.FS_ANSWERED_ERROR,
            client_id=error.client_id,
            error=error.error,
            reason=error.description,
        )
        return answer.answer_error(error.to, error.error, error.description)
    if request.method == "POST" and (url := _same_by_get(parameters)):
        return HttpResponse(status=303, headers={"Location": url})
    return _begin(request, asked, client)


def _same_by_get(parameters: list[tuple[str, str]]) -> str | None:
    """A form posted from the FS's site comes without our cookies (SameSite=Lax); a redirect brings them. None: too long."""
    url = f"{reverse('federation:authorize')}?{urlencode(parameters)}"
    return url if len(url) <= LONGEST_URL else None


def _begin(request: HttpRequest, asked: AuthorizationRequest, client: ClientRecord) -> HttpResponse:
    now = timezone.now()
    journey, secret = begin(asked, now=now)
    record(Trace.FS_ASKED_AUTHORIZATION, journey_id=journey.id, client_id=asked.client_id)
    passages = _break_loop(request, journey, client, now)
    try:
        move, seen = depart(request, journey)
        response = perform(request, journey, move, seen)
    except OUTAGES:
        if not journey.is_silent:
            raise
        return answer_error(journey, "temporarily_unavailable", "try again soon")
    if isinstance(move, LASTING):
        store.bind(request, response, journey, secret)
    if not journey.is_silent:
        loops.remember(response, client, passages)
    return response


def _break_loop(
    request: HttpRequest, journey: Journey, client: ClientRecord, now: datetime
) -> loops.Passages:
    """Raises Refused(CLIENT_LOOPS). A silent request, which shows no page, is not counted."""
    passages = loops.count(request, client, now=now)
    if passages.are_a_loop and not journey.is_silent:
        loops.raise_alarm(client, now=now)
        offer_way_out(request, journey)
        raise Refused(FederationError.CLIENT_LOOPS, client=client.name)
    return passages


@never_cache
@require_http_methods(["GET", "POST"])
def email_page(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    if request.method == "GET":
        return emails.warn(request, journey) if journey.warned else emails.ask(request, journey)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return emails.show(request, journey, form, status=400)
    journey = journey.given(form.cleaned_data["email"], remember_me=form.cleaned_data["remember_me"])
    record(Trace.EMAIL_GIVEN, journey_id=journey.id, domain=journey.email.rpartition("@")[2])
    response = perform(request, journey, *depart(request, journey))
    emails.remember(response, journey)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def provider_page(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    seen = look(request, journey)
    if request.method == "GET" and len(seen.offered) < 2:  # a FI was closed, or opened, meanwhile
        return perform(request, journey, *depart(request, journey))
    form = ProviderForm(
        request.POST or None,
        offered=seen.offered,
        outages=seen.outages,
        default=settings.ENV.default_provider,
    )
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "journey": journey, "client": seen.client}
        return render(request, "federation/provider.html", context, status=_status(form))
    journey = replace(journey, chosen=UUID(form.cleaned_data["provider"]))
    return perform(request, journey, *depart(request, journey))


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from a FI: its redirect_uri for us (RFC 6749 4.1.2)."""
    journey = _current(request, journey_of_callback(request))
    identity = collect(request, journey)
    if isinstance(identity, HttpResponse):
        return identity
    journey = replace(journey, asserted=identity, proved_mailbox="")
    return perform(request, journey, *resume(request, journey))


@never_cache
@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    move, seen = resume(request, journey)
    if seen is None or not isinstance(move, steps.ProveMailbox):
        return perform(request, journey, move, seen)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return codes.show(request, journey, seen, form)
    try:
        verdict = mail_code.verify(journey, seen.identity.email, form.cleaned_data["code"])
    except Exhausted as limit:
        return codes.show(request, journey, seen, form, limit)
    if verdict.outcome is not Outcome.ACCEPTED:
        form.add_error("code", codes.coded(FederationError.MAIL_CODE_WRONG, why_refused(verdict)))
        return codes.show(request, journey, seen, form)
    journey = store.keep(replace(journey, proved_mailbox=seen.identity.email))
    return perform(request, journey, *resume(request, journey))


@never_cache
@require_POST
def send_code(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    move, seen = resume(request, journey)
    if seen is None or not isinstance(move, steps.ProveMailbox):
        return perform(request, journey, move, seen)
    return codes.send_another(request, journey, seen)


def _current(request: HttpRequest, journey_id: UUID) -> Journey:
    request.journey_id = journey_id  # type: ignore[attr-defined]
    journey = store.find(request, journey_id)
    offer_way_out(request, journey)
    return journey


def _status(form: DsfrForm) -> int:
    return 400 if form.errors else 200
