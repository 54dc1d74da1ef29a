"""The code that stands for a second factor: sent to the address the FI asserts, typed on the page that asked for it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest

from federation.errors import FederationError
from federation.journey.journey import Journey
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform import mail_codes
from proconnect.platform.mail import send_mail_later
from proconnect.platform.mail_codes import MailCode, Verdict

SECOND_FACTOR = "federation.second-factor"
LIFETIME = timedelta(minutes=10)


def send(request: HttpRequest, journey: Journey, email: str, *, client_name: str, now: datetime) -> None:
    """Raises Exhausted when too many were sent."""
    wanted = _wanted(journey, email)
    mail_codes.allow_sending(request, wanted)
    with transaction.atomic():
        code = mail_codes.make(wanted)
        send_mail_later(
            "federation/code",
            email,
            {"code": mail_codes.grouped(code), "client_name": client_name, "at": now},
            not_after=now + LIFETIME,
        )
    record(Trace.MAIL_CODE_SENT, journey_id=journey.id)


def verify(journey: Journey, email: str, typed: str) -> Verdict:
    """Raises Exhausted when this address was tried too often, over all its codes."""
    verdict = mail_codes.verify(_wanted(journey, email), typed)
    accepted = verdict.outcome is mail_codes.Outcome.ACCEPTED
    record(
        Trace.MAIL_CODE_ACCEPTED if accepted else Trace.MAIL_CODE_REFUSED,
        journey_id=journey.id,
        client_id=journey.asked.client_id,
        code=None if accepted else FederationError.MAIL_CODE_WRONG.value.code,
        reason=verdict.outcome.value,
    )
    return verdict


def _wanted(journey: Journey, email: str) -> MailCode:
    return MailCode(purpose=SECOND_FACTOR, email=email, passage=journey.id, lifetime=LIFETIME)
