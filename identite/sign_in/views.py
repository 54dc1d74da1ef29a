"""The pages of a passage at Identité. Each parses, asks, acts; the order of pages is in requirements."""

from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from identite import provider
from identite.account import mail_codes, ownership, profile, reset
from identite.account import password as passwords
from identite.membership.decision import Moderate, Reject
from identite.membership.join import join, withdraw
from identite.models import User
from identite.organizations.directory import remembered
from identite.organizations.search import CannotChoose, establishment, look_up
from identite.sign_in import session, store
from identite.sign_in.forms import AccountForm, ChoiceForm, EmailForm, PasswordForm, SearchForm
from identite.sign_in.guard import current, go_on, page
from identite.sign_in.requirements import (
    AskCode,
    AskEmail,
    AskOrganization,
    AskPassword,
    AwaitModeration,
    ChooseOrganization,
    CompleteAccount,
)
from identite.sign_in.sign_in import SignIn
from identite.sign_in.situation import Situation
from identite.traces import Trace
from proconnect.kernel.traces import record
from proconnect.pages.forms import DsfrForm
from proconnect.pages.mail_codes import CodeForm, why_refused
from proconnect.platform.limiter import Exhausted
from proconnect.platform.mail_codes import Outcome


@page(AskEmail, AskPassword, AskCode)
def email(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    """Where the broker had no page for it: an FI named by the FS, without a login_hint."""
    form = EmailForm(_sent(request), initial={"email": sign_in.email})
    if not form.is_valid():
        return _show(request, "email", sign_in, form)
    sign_in = replace(sign_in, email=form.cleaned_data["email"], code_sent_at=None, codes_sent=0)
    return go_on(request, store.keep(sign_in))


@page(AskPassword, AskCode)
def password(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    form = PasswordForm(_sent(request))
    if not form.is_valid():
        return _show(request, "sign_in", sign_in, form)
    try:
        user = passwords.check(request, sign_in, form.cleaned_data["password"])
    except Exhausted as limit:
        return _show_limit(request, "sign_in", sign_in, form, limit)
    if user is None:
        form.add_error("password", _("L’adresse e-mail ou le mot de passe est incorrect."))
        return _show(request, "sign_in", sign_in, form)
    session.open_for(request, user, "pwd", now=timezone.now())
    return go_on(request, sign_in)


@page(AskPassword, AskCode, methods=("POST",))
def send_code(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    """« Créer un compte », and « Renvoyer un code »."""
    now = timezone.now()
    try:
        mail_codes.send(request, sign_in, now=now)
    except Exhausted as limit:
        if sign_in.is_proving:
            return _show_limit(request, "code", sign_in, CodeForm(data={}), limit)
        return _show_limit(request, "sign_in", sign_in, PasswordForm(data={}), limit)
    store.keep(replace(sign_in, code_sent_at=now, codes_sent=sign_in.codes_sent + 1))
    return redirect("identite:code", sign_in.id)


@page(AskCode)
def code(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    form = CodeForm(_sent(request))
    if not form.is_valid():
        return _show(request, "code", sign_in, form)
    try:
        verdict = mail_codes.verify(sign_in, form.cleaned_data["code"])
    except Exhausted as limit:
        return _show_limit(request, "code", sign_in, form, limit)
    if verdict.outcome is not Outcome.ACCEPTED:
        record(Trace.MAIL_CODE_REFUSED, journey_id=sign_in.ask.journey_id, outcome=verdict.outcome.value)
        form.add_error("code", why_refused(verdict))
        return _show(request, "code", sign_in, form)
    return _proved(request, sign_in)


@page(CompleteAccount)
def account(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    user = _user(request)
    form = AccountForm(_sent(request), user=user)
    if not form.is_valid():
        return _show(request, "account", sign_in, form)
    profile.complete(request, user, journey_id=sign_in.ask.journey_id, **form.cleaned_data)
    return go_on(request, sign_in)


@page(AskOrganization, ChooseOrganization, methods=("GET",))
def organization(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    form = SearchForm(request.GET if "q" in request.GET else None)
    if not form.is_valid():
        return _show(request, "organization", sign_in, form, links=seen.links)
    try:
        found = look_up(form.cleaned_data["q"])
    except CannotChoose as refusal:
        form.add_error("q", _(refusal.text))
        return _show(request, "organization", sign_in, form, links=seen.links)
    if isinstance(found, str):
        return redirect("identite:confirm-organization", sign_in.id, found)
    return _show(request, "organization", sign_in, form, links=seen.links, results=found)


@page(AskOrganization, ChooseOrganization)
def confirm_organization(request: HttpRequest, sign_in: SignIn, seen: Situation, siret: str) -> HttpResponse:
    try:
        wanted = establishment(siret)
    except CannotChoose:  # the search page says why
        address = reverse("identite:organization", args=[sign_in.id])
        return redirect(f"{address}?{urlencode({'q': siret})}")
    if request.method == "GET":
        return _show(request, "confirm_organization", sign_in, organization=wanted)
    ask = sign_in.ask
    decision = join(
        _user(request),
        wanted,
        client_name=ask.client_name,
        journey_id=ask.journey_id,
        now=timezone.now(),
    )
    if isinstance(decision, Reject):
        refusal = _(decision.refusal.value)
        return _show(request, "confirm_organization", sign_in, organization=wanted, refusal=refusal)
    if isinstance(decision, Moderate):
        return go_on(request, store.keep(replace(sign_in, awaited_siret=siret)))
    return go_on(request, store.keep(replace(sign_in, siret=siret, awaited_siret="")))


@page(ChooseOrganization)
def choose_organization(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    form = ChoiceForm(_sent(request), links=seen.links)
    if not form.is_valid():
        return _show(request, "choose_organization", sign_in, form)
    return go_on(request, store.keep(replace(sign_in, siret=form.cleaned_data["siret"])))


@page(AwaitModeration)
def moderation(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    """Posted, the person gives up this request to choose another organisation."""
    siret = sign_in.awaited_siret or seen.pending_sirets[0]
    if request.method == "GET":
        return _show(request, "moderation", sign_in, organization=remembered(siret))
    withdraw(_user(request), siret, journey_id=sign_in.ask.journey_id, now=timezone.now())
    return go_on(request, store.keep(replace(sign_in, awaited_siret="")))


@never_cache
@require_GET
def leave(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """« Retour au service »: the FS is told that the person gave up."""
    return provider.decline(current(request, sign_in_id), "the user went back to the service")


@page(AskPassword, AskCode)
def forgotten_password(request: HttpRequest, sign_in: SignIn, seen: Situation) -> HttpResponse:
    if request.method == "GET":
        return _show(request, "reset_sent", sign_in)
    reset.ask(request, sign_in, now=timezone.now())
    return redirect("identite:forgotten-password", sign_in.id)


def _proved(request: HttpRequest, sign_in: SignIn) -> HttpResponse:
    now = timezone.now()
    record(Trace.MAIL_CODE_ACCEPTED, journey_id=sign_in.ask.journey_id)
    user = ownership.claim(sign_in.email, journey_id=sign_in.ask.journey_id, now=now)
    session.open_for(request, user, "mail", now=now)
    return go_on(request, sign_in)


def _user(request: HttpRequest) -> User:
    """The guard has made sure of it."""
    user = session.user_of(request)
    assert user is not None
    return user


def _sent(request: HttpRequest) -> QueryDict | None:
    """An empty form that was sent is wrong, not new."""
    return request.POST if request.method == "POST" else None


def _show(
    request: HttpRequest, name: str, sign_in: SignIn, form: DsfrForm | None = None, **known: object
) -> HttpResponse:
    context = {"sign_in": sign_in, "form": form, "code_lifetime": settings.ENV.mail_code_lifetime, **known}
    is_wrong = bool(form and form.errors) or "refusal" in known
    return render(request, f"identite/{name}.html", context, status=400 if is_wrong else 200)


def _show_limit(
    request: HttpRequest, name: str, sign_in: SignIn, form: DsfrForm, limit: Exhausted
) -> HttpResponse:
    """The form again, saying when to retry, rather than a page apart: nothing typed is lost."""
    form.errors.clear()
    form.add_error(None, _(limit.page.text).format(**limit.facts))
    response = _show(request, name, sign_in, form)
    response.status_code = limit.page.status
    response["Retry-After"] = str(int(limit.limit.per.total_seconds()))
    return response
