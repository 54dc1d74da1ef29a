"""The pages and hops of a journey. Each parses, asks the steps, performs; none holds a rule."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import assert_never
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from federation import claims, endings, reconciliation, registry, sessions
from federation.endings import Ending
from federation.errors import FederationError
from federation.journey import loops, mail_code, steps, store
from federation.journey.forms import EmailForm, ProviderForm
from federation.journey.journey import Journey, begin
from federation.journey.situation import Arriving, client_of, look, look_at_arrival, look_at_session
from federation.journey.steps import ARRIVAL, DEPARTURE, Move, next_move
from federation.op import answer, grants
from federation.op.request import AnswerableError, AuthorizationRequest, read
from federation.registry.records import ClientRecord, ProviderRecord
from federation.rp import providers
from federation.rp import transaction as rp_transaction
from federation.sessions import OpenSession
from federation.traces import Trace
from proconnect.kernel.assurance import AnyAcr, at_least_one_of
from proconnect.kernel.contracts.identity_provider import (
    AuthenticationAsk,
    ProviderRefused,
    ProviderUnreachable,
)
from proconnect.kernel.error_page import Contact, ErrorPage, Refused, WayOut
from proconnect.kernel.traces import record
from proconnect.pages.forms import DsfrForm
from proconnect.pages.mail_codes import CodeForm, why_refused
from proconnect.platform.availability import OUTAGES
from proconnect.platform.limiter import Exhausted
from proconnect.platform.mail_codes import Outcome

LASTING = (steps.AskEmail, steps.ChooseProvider, steps.GoTo, steps.ProveMailbox)  # the browser comes back
LONGEST_URL = 7000  # bytes; servers and proxies take 8 kB with the headers' first line


@csrf_exempt  # a FS may post its request (OIDC Core 3.1.2.1); nothing is done before the person acts
@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    sent = request.GET if request.method == "GET" else request.POST
    parameters = [(name, value) for name, values in sent.lists() for value in values]
    try:
        asked, client = read(
            parameters, registry.find_client, refuse_unknown=settings.ENV.unknown_parameters_refused
        )
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
        move, seen = _depart(request, journey)
        response = perform(request, journey, move, seen)
    except OUTAGES:
        if not journey.is_silent:
            raise
        return _answer_error(journey, "temporarily_unavailable", "try again soon")
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
        _offer_way_out(request, journey)
        raise Refused(FederationError.CLIENT_LOOPS, client=client.name)
    return passages


def _depart(request: HttpRequest, journey: Journey) -> tuple[Move, Arriving | None]:
    leaving = look(request, journey)
    move = next_move(DEPARTURE, journey, leaving)
    if not isinstance(move, steps.ReuseSession):
        return move, None
    assert leaving.session is not None
    assert leaving.standing is not None
    return _arrive(request, journey, look_at_session(journey, leaving.session, leaving.standing))


def _arrive(request: HttpRequest, journey: Journey, seen: Arriving) -> tuple[Move, Arriving]:
    if seen.session and seen.is_blocked:
        sessions.close(request)
    return next_move(ARRIVAL, journey, seen), seen


@never_cache
@require_http_methods(["GET", "POST"])
def email_page(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    if request.method == "GET":
        remembered = _remembered_email(request)
        known = journey.email or journey.asked.login_hint or remembered
        initial = {"email": known, "remember_me": bool(remembered)}
        return _email_page(request, journey, EmailForm(initial=initial))
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _email_page(request, journey, form)
    journey = replace(
        journey, email=form.cleaned_data["email"], remember_me=form.cleaned_data["remember_me"], chosen=None
    )
    record(Trace.EMAIL_GIVEN, journey_id=journey.id, domain=journey.email.rpartition("@")[2])
    response = perform(request, journey, *_depart(request, journey))
    _remember_email(response, journey)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def provider_page(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    seen = look(request, journey)
    form = ProviderForm(request.POST or None, offered=seen.candidates)
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "journey": journey, "client": seen.client}
        return render(request, "federation/provider.html", context, status=_status(form))
    journey = replace(journey, chosen=UUID(form.cleaned_data["provider"]))
    return perform(request, journey, *_depart(request, journey))


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from a FI: its redirect_uri for us (RFC 6749 4.1.2)."""
    journey = _current(request, _journey_of_callback(request))
    provider = registry.find_provider(journey.sent_to) if journey.sent_to else None
    if provider is None:
        raise Refused(FederationError.PROVIDER_UNKNOWN)
    _offer_way_out(request, journey, provider)
    if not provider.is_open:
        raise Refused(FederationError.PROVIDER_DISABLED, provider=provider.title)
    try:
        identity = providers.of(provider).collect(request, _ask(journey, provider))
    except ProviderRefused as refusal:
        return _declined(journey, provider, refusal)
    except ProviderUnreachable as failure:
        raise _unreachable(journey, provider, failure) from failure
    record(Trace.FI_ANSWERED, journey_id=journey.id, provider=provider.uid, acr=identity.acr)
    journey = replace(journey, asserted=identity, proved_mailbox="")
    return perform(request, journey, *_resume(request, journey))


def _resume(request: HttpRequest, journey: Journey) -> tuple[Move, Arriving | None]:
    """From where the journey stands: back from a FI, or before it. What a FI asserted is judged anew each time."""
    provider = registry.find_provider(journey.sent_to) if journey.sent_to else None
    if provider is None or journey.asserted is None:
        return _depart(request, journey)
    return _arrive(request, journey, look_at_arrival(journey, provider, journey.asserted))


@never_cache
@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    move, seen = _resume(request, journey)
    if seen is None or not isinstance(move, steps.ProveMailbox):
        return perform(request, journey, move, seen)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _code_page(request, journey, seen, form)
    try:
        verdict = mail_code.verify(journey, seen.identity.email, form.cleaned_data["code"])
    except Exhausted as limit:
        return _code_page(request, journey, seen, form, limit)
    if verdict.outcome is not Outcome.ACCEPTED:
        form.add_error("code", _coded(FederationError.MAIL_CODE_WRONG, why_refused(verdict)))
        return _code_page(request, journey, seen, form)
    journey = store.keep(replace(journey, proved_mailbox=seen.identity.email))
    return perform(request, journey, *_resume(request, journey))


@never_cache
@require_POST
def send_code(request: HttpRequest, journey_id: UUID) -> HttpResponse:
    journey = _current(request, journey_id)
    move, seen = _resume(request, journey)
    if seen is None or not isinstance(move, steps.ProveMailbox):
        return perform(request, journey, move, seen)
    return _send_code(request, journey, seen)


def _ask_code(request: HttpRequest, journey: Journey, seen: Arriving) -> HttpResponse:
    """A code is sent on arrival; coming back to the page sends no other while that one is good."""
    now, sent_at = timezone.now(), journey.code_sent_at
    if sent_at and now - sent_at < mail_code.LIFETIME:
        return _show(store.keep(journey), "federation:code")
    return _send_code(request, store.keep(journey), seen)


def _send_code(request: HttpRequest, journey: Journey, seen: Arriving) -> HttpResponse:
    now = timezone.now()
    try:
        mail_code.send(request, journey, seen.identity.email, client_name=seen.client.name, now=now)
    except Exhausted as limit:
        return _code_page(request, journey, seen, CodeForm(data={}), limit)
    return _show(store.keep(replace(journey, code_sent_at=now)), "federation:code")


def _code_page(
    request: HttpRequest, journey: Journey, seen: Arriving, form: CodeForm, limit: Exhausted | None = None
) -> HttpResponse:
    """A limit is told on the page itself, so that the person can go on from there."""
    if limit:
        form.errors.clear()
        form.add_error(
            None, _coded(FederationError.MAIL_CODE_LIMIT, _(limit.page.text).format(**limit.facts))
        )
    context = {
        "form": form,
        "journey": journey,
        "client": seen.client,
        "email": seen.identity.email,
        "give_up": answer.error_url(journey.asked.return_address, "access_denied", steps.UNMET_LEVEL),
    }
    response = render(request, "federation/code.html", context, status=_status(form))
    if limit:
        response.status_code = limit.page.status
        response["Retry-After"] = str(int(limit.limit.per.total_seconds()))
    return response


def _coded(error: FederationError, text: str) -> str:
    return f"{text} ({error.value.code})"


def perform(request: HttpRequest, journey: Journey, move: Move, seen: Arriving | None = None) -> HttpResponse:
    """The only place where a move becomes a response."""
    match move:
        case steps.AskEmail():
            record(Trace.EMAIL_ASKED, journey_id=journey.id)
            return _show(store.keep(journey), "federation:email")
        case steps.ChooseProvider():
            record(Trace.FI_CHOICE_ASKED, journey_id=journey.id)
            return _show(store.keep(journey), "federation:provider")
        case steps.GoTo(provider, login_hint):
            return _send_to(request, replace(journey, email=journey.email or login_hint), provider)
        case steps.ReuseSession():
            raise RuntimeError("_depart goes on from a session that is reused to what arrives from it")
        case steps.ProveMailbox():
            assert seen is not None
            return _ask_code(request, journey, seen)
        case steps.Answer(acr):
            assert seen is not None
            return _answer(request, journey, seen, acr)
        case steps.AnswerError(error, description):
            return _answer_error(journey, error, description)
        case steps.Refuse(error, facts):
            _offer_way_out(request, journey, seen.provider if seen else None)
            raise Refused(error, **facts)
        case _:
            assert_never(move)


def _current(request: HttpRequest, journey_id: UUID) -> Journey:
    journey = store.find(request, journey_id)
    request.journey_id = journey.id  # type: ignore[attr-defined]
    _offer_way_out(request, journey)
    return journey


def _show(journey: Journey, page: str) -> HttpResponse:
    return redirect(reverse(page, args=[journey.id]))


def _email_page(request: HttpRequest, journey: Journey, form: EmailForm) -> HttpResponse:
    context = {"form": form, "journey": journey, "client": client_of(journey)}
    return render(request, "federation/email.html", context, status=_status(form))


def _status(form: DsfrForm) -> int:
    return 400 if form.errors else 200


def _journey_of_callback(request: HttpRequest) -> UUID:
    """Which journey a return belongs to: by its ``state`` for a FI, by name for Identité's one-time ticket."""
    pending = rp_transaction.of_callback(request)
    if pending:
        return pending.journey_id
    try:
        return UUID(request.GET["journey"])
    except (KeyError, ValueError):
        raise Refused(FederationError.ANSWER_ALREADY_USED) from None


def _send_to(request: HttpRequest, journey: Journey, provider: ProviderRecord) -> HttpResponse:
    journey = store.keep(replace(journey, sent_to=provider.uid))
    _offer_way_out(request, journey, provider)
    try:
        response = providers.of(provider).begin(request, _ask(journey, provider))
    except ProviderUnreachable as failure:
        raise _unreachable(journey, provider, failure) from failure
    record(Trace.FI_CHOSEN, journey_id=journey.id, provider=provider.uid)
    return response


def _ask(journey: Journey, provider: ProviderRecord) -> AuthenticationAsk:
    client = client_of(journey)
    demanded = journey.asked.demanded_acr
    return AuthenticationAsk(
        journey_id=journey.id,
        provider_uid=provider.uid,
        return_to=settings.ENV.site_url + reverse("federation:oidc-callback"),
        client_id=client.client_id,
        client_name=client.name,
        login_hint=journey.email,
        other_email_at=settings.ENV.site_url + reverse("federation:email", args=[journey.id]),
        siret_hint=journey.asked.siret_hint,
        demanded_acr=at_least_one_of(demanded) if provider.heeds_levels else (),
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
        return _answer_error(journey, refusal.oauth_error, refusal.description)
    if (
        provider.is_local
    ):  # a ticket that already served ends nothing: another request may be answering with it
        raise Refused(FederationError.ANSWER_ALREADY_USED)
    error = _error_of(refusal.code)
    reason = refusal.description or refusal.oauth_error or refusal.check
    raise Refused(error, provider=provider.title, reason=reason, claim=refusal.check)


def _unreachable(journey: Journey, provider: ProviderRecord, failure: ProviderUnreachable) -> Refused:
    record(Trace.FI_UNREACHABLE, journey_id=journey.id, provider=provider.uid, code=failure.code)
    return Refused(_error_of(failure.code), provider=provider.title, reason="", claim="")


def _error_of(code: str) -> FederationError:
    return next(error for error in FederationError if error.value.code == code)


def _answer(request: HttpRequest, journey: Journey, seen: Arriving, acr: AnyAcr) -> HttpResponse:
    """The account, its session's grant and the history line, together; then the code, straight to the FS."""
    now = timezone.now()
    is_one_statement = seen.session and not journey.is_kept
    try:
        with nullcontext() if is_one_statement else transaction.atomic():
            if journey.is_kept:
                store.finish(journey)
            session = _raised(request, seen.session, seen) if seen.session else _session(request, seen, now)
            code = grants.issue_code(_grant(journey, seen, session, acr))
            if seen.session is None:
                _end_the_one_replaced(request, session, now)
    except grants.SessionOver:  # an instant ago: signed out, blocked or closed from elsewhere
        sessions.close(request)
        error = "login_required" if seen.session else "access_denied"
        return _answer_error(journey, error, "the session has just ended")
    if seen.session is None:
        sessions.open_in(request, session)
    record(
        Trace.SESSION_REUSED if seen.session else Trace.SESSION_OPENED,
        journey_id=journey.id,
        sub=session.account,
        provider=session.provider_uid,
    )
    record(Trace.FS_ANSWERED, journey_id=journey.id, client_id=seen.client.client_id, acr=acr)
    response = answer.answer_code(journey.asked.return_address, code)
    store.unbind(response, journey)
    return response


def _raised(request: HttpRequest, session: OpenSession, seen: Arriving) -> OpenSession:
    return (
        session if seen.reached == session.reached else sessions.raise_level(request, session, seen.reached)
    )


def _session(request: HttpRequest, seen: Arriving, now: datetime) -> OpenSession:
    account = reconciliation.settle(seen.known, seen.provider, seen.identity, now=now)
    return sessions.new(
        sid=_sid_to_go_on_with(request, account, seen.provider, now),
        now=now,
        account=account,
        provider_uid=seen.provider.uid,
        identity=seen.identity,
        organization_label=seen.organization_label,
        roles=seen.roles,
        acr=seen.reached.acr,
        amr=seen.reached.amr,
    )


def _sid_to_go_on_with(
    request: HttpRequest, account: UUID, provider: ProviderRecord, now: datetime
) -> UUID | None:
    """The same person authenticating again at the same FI goes on with the session: a FS in the middle of a step-up is
    not told that it ended."""
    previous = sessions.current(request, now=now)
    is_theirs = previous and (previous.account, previous.provider_uid) == (account, provider.uid)
    return previous.sid if previous and is_theirs and sessions.standing(previous) else None


def _end_the_one_replaced(request: HttpRequest, session: OpenSession, now: datetime) -> None:
    previous = sessions.current(request, now=now)
    if previous and previous.sid != session.sid:
        endings.end_session(previous.sid, Ending.REPLACED)


def _grant(journey: Journey, seen: Arriving, session: OpenSession, acr: AnyAcr) -> grants.NewGrant:
    held = claims.HeldClaims(
        identity=seen.identity,
        provider=seen.provider,
        organization_label=session.organization_label,
        roles=session.roles,
        sub=session.account,
    )
    return grants.NewGrant(
        client_pk=seen.client.pk,
        account=session.account,
        sid=session.sid,
        session_ends_at=session.ends_at,
        redirect_uri=journey.asked.redirect_uri,
        code_challenge=journey.asked.code_challenge,
        scopes=journey.asked.scopes,
        nonce=journey.asked.nonce,
        acr=acr,
        amr=session.amr,
        authenticated_at=seen.identity.authenticated_at,
        claims=claims.snapshot(held, seen.client, journey.asked.scopes, journey.asked.userinfo_claims),
        id_token_claims=journey.asked.id_token_claims,
        provider_uid=session.provider_uid,
        siret=seen.identity.siret,
        is_silent=seen.session is not None and not journey.is_kept,
        journey_id=journey.id,
        code_lifetime=seen.client.code_lifetime or settings.ENV.code_lifetime,
    )


def _answer_error(journey: Journey, error: str, description: str) -> HttpResponse:
    record(
        Trace.FS_ANSWERED_ERROR,
        journey_id=journey.id,
        client_id=journey.asked.client_id,
        error=error,
        reason=description,
    )
    response = answer.answer_error(journey.asked.return_address, error, description)
    if journey.is_kept:
        store.finish(journey)
        store.unbind(response, journey)
    return response


def _offer_way_out(request: HttpRequest, journey: Journey, provider: ProviderRecord | None = None) -> None:
    """What an error page of this journey shows next: back to the FS with the OAuth error it is owed; whom to write to."""
    client = client_of(journey)

    def way_out(page: ErrorPage) -> WayOut:
        theirs = provider if page.contact is Contact.PROVIDER else None
        return WayOut(
            url=answer.error_url(journey.asked.return_address, page.oauth_error, page.code),
            place=client.name,
            contact_email=(theirs.support_email if theirs else client.support_email) or "",
            facts={"Service": client.name} | ({"Fournisseur d’identité": provider.title} if provider else {}),
        )

    request.way_out = way_out  # type: ignore[attr-defined]


def _remembered_email(request: HttpRequest) -> str:
    kept = request.COOKIES.get(settings.REMEMBERED_EMAIL_COOKIE_NAME, "")
    try:
        return str(signing.loads(kept, salt="remembered-email"))
    except signing.BadSignature:
        return ""


def _remember_email(response: HttpResponse, journey: Journey) -> None:
    """For a year, on this device, when asked; forgotten as soon as the box is left empty."""
    response.set_cookie(
        settings.REMEMBERED_EMAIL_COOKIE_NAME,
        signing.dumps(journey.email, salt="remembered-email") if journey.remember_me else "",
        max_age=365 * 24 * 3600 if journey.remember_me else 0,
        secure=settings.ENV.is_https,
        httponly=True,
        samesite="Lax",
    )
