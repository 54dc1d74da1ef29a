"""The page where the address is typed, and what it says of an address that leads nowhere good."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from federation import registry
from federation.journey import plausibility
from federation.journey.forms import EmailForm, GivenEmailForm, notice_title
from federation.journey.journey import Journey
from federation.journey.situation import client_of, look
from federation.registry.records import Outage, ProviderRecord
from proconnect.kernel.email_address import EmailAddress


def ask(request: HttpRequest, journey: Journey) -> HttpResponse:
    remembered = _remembered_email(request)
    known = journey.email or journey.asked.login_hint or remembered
    return show(
        request, journey, EmailForm(initial={"email": known, "remember_me": bool(remembered)}), status=200
    )


def warn(request: HttpRequest, journey: Journey) -> HttpResponse:
    """Of an outage of the only FI for this address, else that the address seems wrong."""
    seen = look(request, replace(journey, insisted=journey.warned))  # its domain was looked for already
    outage = seen.outages.get(seen.offered[0].uid) if len(seen.offered) == 1 else None
    if outage:
        return _tell_of(outage, seen.offered[0], request, journey)
    email = EmailAddress.parse(journey.warned)
    if registry.providers_for(email.domain):  # the outage has just ended
        return ask(request, journey)
    return _doubt(email, request, journey)


def _tell_of(
    outage: Outage, provider: ProviderRecord, request: HttpRequest, journey: Journey
) -> HttpResponse:
    told = {"outage": outage, "outage_title": notice_title(outage), "provider": provider}
    return show(request, journey, GivenEmailForm(initial=_given(journey)), status=200, **told)


def _doubt(email: EmailAddress, request: HttpRequest, journey: Journey) -> HttpResponse:
    form = EmailForm(data=_given(journey))
    doubt = _("Le domaine « {domain} » ne semble pas recevoir d’e-mails. Vérifiez votre adresse.")
    form.add_error("email", doubt.format(domain=email.domain))
    told = {"is_doubted": True, "suggestion": plausibility.suggestion(email)}
    return show(request, journey, form, status=200, **told)


def _given(journey: Journey) -> dict[str, Any]:
    return {"email": journey.warned, "remember_me": journey.remember_me}


def show(
    request: HttpRequest, journey: Journey, form: EmailForm, *, status: int, **more: Any
) -> HttpResponse:
    context = {"form": form, "journey": journey, "client": client_of(journey), **more}
    return render(request, "federation/email.html", context, status=status)


def _remembered_email(request: HttpRequest) -> str:
    kept = request.COOKIES.get(settings.REMEMBERED_EMAIL_COOKIE_NAME, "")
    try:
        return str(signing.loads(kept, salt="remembered-email"))
    except signing.BadSignature:
        return ""


def remember(response: HttpResponse, journey: Journey) -> None:
    """For a year, on this device, when asked; forgotten as soon as the box is left empty."""
    response.set_cookie(
        settings.REMEMBERED_EMAIL_COOKIE_NAME,
        signing.dumps(journey.email, salt="remembered-email") if journey.remember_me else "",
        max_age=365 * 24 * 3600 if journey.remember_me else 0,
        secure=settings.ENV.is_https,
        httponly=True,
        samesite="Lax",
    )
