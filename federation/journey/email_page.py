"""The page where the address is typed, and what it says of an address that leads nowhere good."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from federation.journey import plausibility
from federation.journey.forms import EmailForm, notice_title
from federation.journey.journey import Journey
from federation.journey.situation import client_of, look
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
    typed = {"email": journey.warned, "remember_me": journey.remember_me}
    outage = seen.outages.get(seen.offered[0].uid) if len(seen.offered) == 1 else None
    if outage:
        told = {"outage": outage, "outage_title": notice_title(outage), "provider": seen.offered[0]}
        return show(request, journey, EmailForm(initial=typed), status=200, **told)
    email = EmailAddress.parse(journey.warned)
    form = EmailForm(data=typed)
    form.add_error(
        "email",
        _("Le domaine « {domain} » ne semble pas recevoir d’e-mails. Vérifiez votre adresse.").format(
            domain=email.domain
        ),
    )
    doubt = {"is_doubted": True, "suggestion": plausibility.suggestion(email)}
    return show(request, journey, form, status=200, **doubt)


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
