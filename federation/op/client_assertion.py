"""``private_key_jwt``: a FS proves itself by a JWT it signed, good once (RFC 7523 3, OIDC Core 9)."""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from federation.op import client_keys
from federation.registry.records import ClientRecord
from federation.remembered import Unavailable
from federation.signature import BadSignature, verified_claims
from proconnect.kernel.outbound import json_object
from proconnect.platform import one_time

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 2.2
ALGORITHMS = ("ES256", "RS256")
LONGEST = 4096  # characters
LONGEST_JTI = 255  # characters
LONGEST_LIFE = timedelta(minutes=5)
SKEW = timedelta(seconds=30)  # between the clock of the FS and ours
LAST_SECOND = 253_402_300_800  # of the year 9999
KIND = "client-assertion"


class WrongAssertion(Exception):
    """The text names what failed: for our own trace."""


@dataclass(frozen=True, slots=True)
class Presented:
    """Claims whose signature is proved, and from which client."""

    claims: Mapping[str, Any]
    client_id: str
    now: float  # seconds of the epoch, as in the claims


def subject(assertion: str) -> str:
    """The client it names, nothing proved yet. Raises WrongAssertion."""
    if len(assertion) > LONGEST or not assertion.isascii() or assertion.count(".") != 2:
        raise WrongAssertion("assertion_is_a_jws_of_reasonable_length")
    payload = assertion.split(".")[1]
    try:
        sub = json_object(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("sub")
    except ValueError:
        raise WrongAssertion("claims_are_readable") from None
    if not isinstance(sub, str):
        raise WrongAssertion("subject_is_given")
    return sub


def accept(client: ClientRecord, assertion: str, *, now: datetime) -> None:
    """Once each. Raises WrongAssertion; StoreUnavailable or OperationalError when none can tell whether it was used."""
    presented = Presented(_signed_claims(client, assertion), client.client_id, now.timestamp())
    for is_met in CHECKS:
        if not is_met(presented):
            raise WrongAssertion(is_met.__name__)
    if not _is_first_use(presented):
        raise WrongAssertion("identifier_was_never_used")


def _signed_claims(client: ClientRecord, assertion: str) -> Mapping[str, Any]:
    """No secret signs: HS256 is out, whatever its key (RFC 8725 3.1)."""
    try:
        return verified_claims(
            assertion,
            algorithms=ALGORITHMS,
            keys=lambda refetch: client_keys.signing_keys(client, refetch=refetch),
            secret=lambda: "",
        )
    except BadSignature as bad:
        raise WrongAssertion(bad.check) from bad
    except Unavailable as unavailable:
        raise WrongAssertion(f"keys_are_within_reach: {unavailable}") from unavailable


def issuer_and_subject_are_the_client(presented: Presented) -> bool:
    return presented.claims.get("iss") == presented.claims.get("sub") == presented.client_id


def audience_is_our_issuer_alone(presented: Presented) -> bool:
    """As one text: not a list, not the token endpoint, where another server's assertion could be ours (rfc7523bis)."""
    return bool(presented.claims.get("aud") == settings.ENV.issuer)


def expires_within_five_minutes(presented: Presented) -> bool:
    exp = _seconds(presented, "exp")
    return exp is not None and -SKEW < timedelta(seconds=exp - presented.now) <= LONGEST_LIFE + SKEW


def was_issued_before_now(presented: Presented) -> bool:
    return _is_past(presented, "iat")


def may_already_be_used(presented: Presented) -> bool:
    return _is_past(presented, "nbf")


def has_an_identifier(presented: Presented) -> bool:
    jti = presented.claims.get("jti")
    return isinstance(jti, str) and 0 < len(jti) <= LONGEST_JTI


CHECKS: tuple[Callable[[Presented], bool], ...] = (
    issuer_and_subject_are_the_client,
    audience_is_our_issuer_alone,
    expires_within_five_minutes,
    was_issued_before_now,
    may_already_be_used,
    has_an_identifier,
)


def _is_past(presented: Presented, name: str) -> bool:
    """Optional, but never of another type, nor of a later time."""
    if name not in presented.claims:
        return True
    at = _seconds(presented, name)
    return at is not None and at <= presented.now + SKEW.total_seconds()


def _seconds(presented: Presented, name: str) -> float | None:
    """A NumericDate that is one (RFC 7519 2), whose arithmetic cannot overflow."""
    value = presented.claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LAST_SECOND:
        return None
    return float(value)


def _is_first_use(presented: Presented) -> bool:
    """Remembered past its end, for a store whose clock is late on ours."""
    key = hashlib.sha256(f"{presented.client_id} {presented.claims['jti']}".encode()).hexdigest()
    left = timedelta(seconds=float(presented.claims["exp"]) - presented.now)
    return one_time.put(KIND, key, {}, left + 2 * SKEW, only_if_absent=True)
