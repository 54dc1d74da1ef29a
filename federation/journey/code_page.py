"""The page where the code by e-mail is typed."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from federation.errors import FederationError
from federation.journey import mail_code, steps, store
from federation.journey.journey import Journey
from federation.journey.situation import Arriving
from federation.op import answer
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.pages.mail_codes import CodeForm
from proconnect.platform.limiter import Exhausted


def ask(request: HttpRequest, journey: Journey, seen: Arriving) -> HttpResponse:
    """A code is sent on arrival; coming back to the page sends no other while that one is good."""
    now, sent_at = timezone.now(), journey.code_sent_at
    if sent_at and now - sent_at < mail_code.LIFETIME:
        return redirect("federation:code", store.keep(journey).id)
    return send_another(request, store.keep(journey), seen)


def send_another(request: HttpRequest, journey: Journey, seen: Arriving) -> HttpResponse:
    now = timezone.now()
    try:
        mail_code.send(request, journey, seen.identity.email, client_name=seen.client.name, now=now)
    except Exhausted as limit:
        return show(request, journey, seen, CodeForm(data={}), limit)
    return redirect("federation:code", store.keep(replace(journey, code_sent_at=now)).id)


def show(
    request: HttpRequest, journey: Journey, seen: Arriving, form: CodeForm, limit: Exhausted | None = None
) -> HttpResponse:
    """A limit is told on the page itself, so that the person can go on from there."""
    if limit:
        record(
            Trace.MAIL_CODE_REFUSED,
            journey_id=journey.id,
            client_id=seen.client.client_id,
            code=FederationError.MAIL_CODE_LIMIT.value.code,
            reason=limit.facts["problem"],
        )
        form.errors.clear()
        form.add_error(None, coded(FederationError.MAIL_CODE_LIMIT, _(limit.page.text).format(**limit.facts)))
    context = {
        "form": form,
        "journey": journey,
        "client": seen.client,
        "email": seen.identity.email,
        "give_up": answer.error_url(journey.asked.return_address, "access_denied", steps.UNMET_LEVEL),
    }
    response = render(request, "federation/code.html", context, status=400 if form.errors else 200)
    if limit:
        response.status_code = limit.page.status
        response["Retry-After"] = str(int(limit.limit.per.total_seconds()))
    return response


def coded(error: FederationError, text: str) -> str:
    return f"{text} ({error.value.code})"
