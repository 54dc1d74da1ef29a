"""What an ID token must say to be believed: OIDC Core 3.1.3.7 and 3.1.3.8, one function each, in their order.

Its signature (items 6 to 8) is proved beforehand, by ``signature``.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

LEEWAY = timedelta(seconds=30)  # between the FI's clock and ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A received token, and what we know of the request it answers."""

    claims: Mapping[str, Any]
    issuer: str
    client_id: str
    nonce: str
    access_token: str
    departed_at: datetime
    now: datetime
    max_age: timedelta | None = None
    must_be_fresh: bool = False  # prompt=login


Check = Callable[[Facts], bool]


def issuer_is_the_one_we_asked(facts: Facts) -> bool:
    return facts.claims.get("iss") == facts.issuer


def subject_is_named(facts: Facts) -> bool:
    """OIDC Core 2: at most 255 ASCII characters; the FI contract allows one more."""
    subject = facts.claims.get("sub")
    return (
        isinstance(subject, str) and subject.isascii() and subject.isprintable() and 1 <= len(subject) <= 256
    )


def audience_is_ours_alone(facts: Facts) -> bool:
    return facts.claims.get("aud") in (facts.client_id, [facts.client_id])


def authorized_party_is_ours(facts: Facts) -> bool:
    return bool(facts.claims.get("azp", facts.client_id) == facts.client_id)


def not_expired(facts: Facts) -> bool:
    expires_at = as_time(facts.claims.get("exp"))
    return expires_at is not None and facts.now - LEEWAY < expires_at


def not_before_its_time(facts: Facts) -> bool:
    """RFC 7519 4.1.5."""
    if "nbf" not in facts.claims:
        return True
    starts_at = as_time(facts.claims["nbf"])
    return starts_at is not None and starts_at <= facts.now + LEEWAY


def issued_recently(facts: Facts) -> bool:
    """Since the browser left, and not in the future."""
    issued_at = as_time(facts.claims.get("iat"))
    return issued_at is not None and facts.departed_at - LEEWAY <= issued_at <= facts.now + LEEWAY


def nonce_is_the_one_we_sent(facts: Facts) -> bool:
    return facts.claims.get("nonce") == facts.nonce


def access_token_hash_matches(facts: Facts) -> bool:
    """3.1.3.8, optional in the code flow: checked when there."""
    if "at_hash" not in facts.claims:
        return True
    digest = sha256(facts.access_token.encode()).digest()  # the hash of every algorithm we admit
    return bool(facts.claims["at_hash"] == urlsafe_b64encode(digest[:16]).rstrip(b"=").decode())


def level_is_readable(facts: Facts) -> bool:
    """Missing or unknown it counts as eidas1; anything but a text is no level."""
    return isinstance(facts.claims.get("acr"), str | None)


def methods_are_readable(facts: Facts) -> bool:
    """RFC 8176: a list of texts."""
    methods = facts.claims.get("amr")
    return methods is None or (
        isinstance(methods, list) and all(isinstance(method, str) for method in methods)
    )


def authentication_is_as_recent_as_asked(facts: Facts) -> bool:
    """``auth_time`` is owed when max_age was sent (OIDC Core 2); under prompt=login it is checked when there."""
    if "auth_time" not in facts.claims:
        return facts.max_age is None
    authenticated_at = as_time(facts.claims["auth_time"])
    if authenticated_at is None or authenticated_at > facts.now + LEEWAY:
        return False
    if facts.must_be_fresh:
        return authenticated_at >= facts.departed_at - LEEWAY
    return facts.max_age is None or facts.departed_at - authenticated_at <= facts.max_age + LEEWAY


CHECKS: tuple[Check, ...] = (
    issuer_is_the_one_we_asked,  # 2
    subject_is_named,
    audience_is_ours_alone,  # 3
    authorized_party_is_ours,  # 4, 5
    not_expired,  # 9
    not_before_its_time,
    issued_recently,  # 10
    nonce_is_the_one_we_sent,  # 11
    access_token_hash_matches,
    level_is_readable,  # 12
    methods_are_readable,
    authentication_is_as_recent_as_asked,  # 13
)


def first_failure(facts: Facts) -> str:
    """Name of the first check that does not hold; empty when all do."""
    return next((check.__name__ for check in CHECKS if not check(facts)), "")


def clock_drift(facts: Facts) -> timedelta:
    """How far the FI's clock seems to be from ours, when its token was issued before or after it could be."""
    issued_at = as_time(facts.claims.get("iat"))
    if issued_at is None or issued_recently(facts):
        return timedelta(0)
    return issued_at - facts.now


def authenticated_at(facts: Facts) -> datetime:
    """When the person proved who they are: ``auth_time``, else the token's own time. Never in the future."""
    said = as_time(facts.claims.get("auth_time")) or as_time(facts.claims.get("iat"))
    return min(said, facts.now) if said else facts.now


def as_time(value: Any) -> datetime | None:
    """A NumericDate (RFC 7519 2), or None when it is none or out of the calendar."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
