"""Codes sent by e-mail: ten digits, one live per purpose and address, tried five times.

A code serves the passage that asked for it and no other. Only a keyed hash of it is kept.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from proconnect.platform import limiter, one_time

KIND = "mail-code"
TRIES = 5


class Outcome(Enum):
    ACCEPTED = "accepted"
    WRONG = "wrong"
    SPENT = "spent"  # tried too many times
    ABSENT = "absent"  # too old, replaced by a newer one, already used, or asked for elsewhere


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    tries_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCode:
    """What a code is for. One sent for a purpose is worth nothing for another (S-103)."""

    purpose: str
    email: str
    passage: UUID  # in one browser, the journey or the sign-in that asks
    lifetime: timedelta


def allow_sending(request: HttpRequest, wanted: MailCode) -> None:
    """Raises Exhausted when too many were sent from there, or to this address."""
    limiter.hit("mail-code.ip", limiter.client_network(request), limiter.CODE_SENDS_PER_IP)
    limiter.hit(f"{wanted.purpose}.minute", wanted.email, limiter.CODE_SENDS_PER_EMAIL_AND_MINUTE)
    limiter.hit(wanted.purpose, wanted.email, limiter.CODE_SENDS_PER_EMAIL)


def make(wanted: MailCode) -> str:
    """A new code, in the place of any earlier one for this purpose and address (S-104)."""
    code = f"{secrets.randbelow(10**10):010d}"
    kept: dict[str, Any] = {
        "id": uuid4().hex,
        "passage": str(wanted.passage),
        "hash": _hash(wanted, code),
    }
    one_time.put(KIND, _key(wanted), kept, wanted.lifetime)
    return code


def verify(wanted: MailCode, typed: str) -> Verdict:
    """Counts the try before it compares, and takes the code before it accepts: parallel posts gain nothing.

    Raises Exhausted when this address was tried too often, over all its codes.
    """
    limiter.hit(f"{wanted.purpose}.tries", wanted.email, limiter.CODE_TRIES_PER_EMAIL)
    kept = one_time.read(KIND, _key(wanted))
    if kept is None or kept["passage"] != str(wanted.passage):
        return Verdict(Outcome.ABSENT)
    tries = one_time.count_failure(KIND, kept["id"], wanted.lifetime)
    if tries > TRIES:
        return Verdict(Outcome.SPENT)
    if not constant_time_compare(kept["hash"], _hash(wanted, typed)):
        return Verdict(Outcome.WRONG, TRIES - tries) if tries < TRIES else Verdict(Outcome.SPENT)
    taken = one_time.take(KIND, _key(wanted))
    if taken is None or taken["id"] != kept["id"]:
        return Verdict(Outcome.ABSENT)
    limiter.give_back(f"{wanted.purpose}.tries", wanted.email, limiter.CODE_TRIES_PER_EMAIL)
    return Verdict(Outcome.ACCEPTED)


def grouped(code: str) -> str:
    return f"{code[:5]} {code[5:]}"


def _key(wanted: MailCode) -> str:
    return salted_hmac(f"{KIND}.key", f"{wanted.purpose}:{wanted.email}", algorithm="sha256").hexdigest()


def _hash(wanted: MailCode, code: str) -> str:
    bound = f"{wanted.purpose}:{wanted.email}:{wanted.passage}:{code}"
    return salted_hmac(f"{KIND}.hash", bound, algorithm="sha256").hexdigest()
