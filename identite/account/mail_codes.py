"""The code that proves an address: sent to whoever reads its mail, known here or not (S-094)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from identite.models import User
from identite.sign_in.sign_in import SignIn
from identite.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform import mail_codes
from proconnect.platform.mail import send_mail_later
from proconnect.platform.mail_codes import MailCode, Verdict

PROVE_EMAIL = "identite.prove-email"


def send(request: HttpRequest, sign_in: SignIn, *, now: datetime) -> None:
    """Only the words of the mail say whether the address is known. Raises Exhausted when too many were sent."""
    wanted = _wanted(sign_in)
    mail_codes.allow_sending(request, wanted)
    is_known = User.objects.filter(email=sign_in.email, email_verified_at__isnull=False).exists()
    with transaction.atomic():
        code = mail_codes.make(wanted)
        send_mail_later(
            "identite/code_known" if is_known else "identite/code",
            sign_in.email,
            {"code": mail_codes.grouped(code), "client_name": sign_in.ask.client_name, "at": now},
            not_after=now + wanted.lifetime,
        )
    record(Trace.MAIL_CODE_SENT, journey_id=sign_in.ask.journey_id)


def verify(sign_in: SignIn, typed: str) -> Verdict:
    """Raises Exhausted when this address was tried too often, over all its codes."""
    return mail_codes.verify(_wanted(sign_in), typed)


def _wanted(sign_in: SignIn) -> MailCode:
    return MailCode(
        purpose=PROVE_EMAIL,
        email=sign_in.email,
        passage=sign_in.id,
        lifetime=settings.ENV.mail_code_lifetime,
    )
