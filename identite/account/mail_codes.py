"""Codes sent by e-mail to prove an address: ten digits, one live per purpose and address, tried five times.

A code serves the passage that asked for it and no other. Only a keyed hash of it is kept.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from identite.models import User
from identite.sign_in.sign_in import SignIn
from identite.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform import limiter, one_time
from proconnect.platform.mail import send_mail_later

KIND = "identite.mail-code"
TRIES = 5


class Purpose(Enum):
    """What a code is for. One sent for a purpose is worth nothing for another (S-103)."""

    PROVE_EMAIL = "prove-email"


class Outcome(Enum):
    ACCEPTED = "accepted"
    WRONG = "wrong"
    SPENT = "spent"  # tried too many times
    ABSENT = "absent"  # too old, replaced by a newer one, already used, or asked for elsewhere


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    tries_left: int = 0


def send(request: HttpRequest, sign_in: SignIn, *, now: datetime) -> None:
    """To whoever reads the mail of ``sign_in.email``, known here or not: only the words of the mail differ (S-094).

    Raises Exhausted when too many were sent.
    """
    limiter.hit("identite.code.ip", limiter.client_network(request), limiter.CODE_SENDS_PER_IP)
    limiter.hit("identite.code.minute", sign_in.email, limiter.CODE_SENDS_PER_EMAIL_AND_MINUTE)
    limiter.hit("identite.code", sign_in.email, limiter.CODE_SENDS_PER_EMAIL)
    code = f"{secrets.randbelow(10**10):010d}"
    is_known = User.objects.filter(email=sign_in.email, email_verified_at__isnull=False).exists()
    with transaction.atomic():
        _keep(Purpose.PROVE_EMAIL, sign_in, code)
        send_mail_later(
            "identite/code_known" if is_known else "identite/code",
            sign_in.email,
            {"code": _grouped(code), "client_name": sign_in.ask.client_name, "at": now},
            not_after=now + settings.ENV.mail_code_lifetime,
        )
    record(Trace.MAIL_CODE_SENT, journey_id=sign_in.ask.journey_id)


def verify(sign_in: SignIn, typed: str) -> Verdict:
    """Counts the try before it compares, and takes the code before it accepts: parallel posts gain nothing.

    Raises Exhausted when this address was tried too often, over all its codes.
    """
    purpose, lifetime = Purpose.PROVE_EMAIL, settings.ENV.mail_code_lifetime
    limiter.hit("identite.code.tries", sign_in.email, limiter.CODE_TRIES_PER_EMAIL)
    kept = one_time.read(KIND, _key(purpose, sign_in.email))
    if kept is None or kept["sign_in"] != str(sign_in.id):
        return Verdict(Outcome.ABSENT)
    tries = one_time.count_failure(KIND, kept["id"], lifetime)
    if tries > TRIES:
        return Verdict(Outcome.SPENT)
    if not constant_time_compare(kept["hash"], _hash(purpose, sign_in, typed)):
        return Verdict(Outcome.WRONG, TRIES - tries) if tries < TRIES else Verdict(Outcome.SPENT)
    taken = one_time.take(KIND, _key(purpose, sign_in.email))
    if taken is None or taken["id"] != kept["id"]:
        return Verdict(Outcome.ABSENT)
    limiter.give_back("identite.code.tries", sign_in.email, limiter.CODE_TRIES_PER_EMAIL)
    return Verdict(Outcome.ACCEPTED)


def _keep(purpose: Purpose, sign_in: SignIn, code: str) -> None:
    """In the place of any earlier one for this purpose and address (S-104)."""
    value: dict[str, Any] = {
        "id": uuid4().hex,
        "sign_in": str(sign_in.id),
        "hash": _hash(purpose, sign_in, code),
    }
    one_time.put(KIND, _key(purpose, sign_in.email), value, settings.ENV.mail_code_lifetime)


def _key(purpose: Purpose, email: str) -> str:
    return salted_hmac(f"{KIND}.key", f"{purpose.value}:{email}", algorithm="sha256").hexdigest()


def _hash(purpose: Purpose, sign_in: SignIn, code: str) -> str:
    bound = f"{purpose.value}:{sign_in.email}:{sign_in.id}:{code}"
    return salted_hmac(f"{KIND}.hash", bound, algorithm="sha256").hexdigest()


def _grouped(code: str) -> str:
    return f"{code[:5]} {code[5:]}"
