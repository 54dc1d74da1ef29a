"""What a FI says when a session of its own is over (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6).

Believed as its ID token is: by its signature, then by a list of checks, one function each.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from federation import registry
from federation.registry import ProviderRecord
from federation.rp import encryption, metadata
from federation.rp.encryption import Agreed, BadEncryption
from federation.rp.id_token import LEEWAY, as_time
from federation.rp.signature import claims_signed_by
from federation.signature import BadSignature, read_header
from proconnect.kernel import outbound
from proconnect.kernel.outbound import json_object
from proconnect.platform import one_time

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPES = (
    None,
    "logout+jwt",
    "application/logout+jwt",
    "jwt",
)  # 2.4: the first is advised, others were there before
PATIENCE = timedelta(seconds=5)  # for the FI's keys: it waits for our answer
LONGEST_LIFE = timedelta(hours=1)  # each is remembered until it ends
LONGEST = 256  # characters, of an identifier
KIND = "logout-token"


class WrongLogoutToken(Exception):
    """The text names what failed: for our own trace, never for who sent it."""

    speaker: UUID | None = None  # the FI it says it comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """A session over there, or all those of one person: one of ``sid`` and ``sub`` may be empty."""

    providers: tuple[UUID, ...]
    sid: str
    sub: str
    key: str  # of this token, which serves once
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Claims whose signature is proved."""

    claims: Mapping[str, Any]
    type: Any
    issuer: str
    client_id: str
    now: datetime


def accept(token: str, *, now: datetime) -> SignedOut:
    """Raises WrongLogoutToken; ProviderUnreachable when the FI's keys are out of reach."""
    signed, agreed = _opened(token)
    speakers = _speakers(signed)
    speaker = speakers[0]
    try:
        claims = _proved(signed, agreed, speaker, now)
    except WrongLogoutToken as wrong:
        wrong.speaker = speaker.uid
        raise
    return SignedOut(
        providers=tuple(each.uid for each in speakers),
        sid=claims.get("sid", ""),
        sub=claims.get("sub", ""),
        key=sha256(f"{speaker.issuer} {claims['jti']}".encode()).hexdigest(),
        ends_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def spend(said: SignedOut, *, now: datetime) -> None:
    """Raises WrongLogoutToken when it served already: what was done meanwhile must be undone by its transaction.

    Remembered past its end, for a store whose clock is late on ours.
    """
    lifetime = said.ends_at - now + 2 * LEEWAY
    if not one_time.put(KIND, said.key, {}, lifetime, only_if_absent=True):
        raise WrongLogoutToken("identifier_was_never_used")


def _opened(token: str) -> tuple[str, Agreed | None]:
    """The signed token, and how it was encrypted: some FI encrypt it as they do the ID token."""
    if token.count(".") != 4:
        return token, None
    try:
        header = encryption.read_header(token)
        return encryption.decrypted(token, header), Agreed(str(header.get("alg")), str(header.get("enc")))
    except BadEncryption as bad:
        raise WrongLogoutToken(bad.check) from bad


def _speakers(signed: str) -> tuple[ProviderRecord, ...]:
    """Who it says it comes from, nothing proved yet: whose keys must prove it. Never empty."""
    try:
        read_header(signed)
        payload = signed.split(".")[1]
        claims = json_object(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (BadSignature, ValueError):
        raise WrongLogoutToken("token_is_a_jws") from None
    issuer, audience = claims.get("iss"), claims.get("aud")
    named = registry.providers_named(issuer) if isinstance(issuer, str) else ()
    speakers = tuple(each for each in named if audience in (each.client_id, [each.client_id]))
    if not speakers:
        raise WrongLogoutToken("issuer_is_a_provider_and_audience_is_ours_alone")
    return speakers


def _proved(signed: str, agreed: Agreed | None, speaker: ProviderRecord, now: datetime) -> Mapping[str, Any]:
    """Its claims."""
    if agreed not in (None, encryption.agreed_for_id_token(speaker)):
        raise WrongLogoutToken("encryption_is_the_one_agreed")
    try:
        with outbound.at_most(PATIENCE):
            known = metadata.of(speaker)
            admitted = speaker.id_token_signed_response_algs
            claims = claims_signed_by(speaker, known, signed, admitted, from_stranger=True)
    except BadSignature as bad:
        raise WrongLogoutToken(bad.check) from bad
    received = Received(
        claims=claims,
        type=read_header(signed).get("typ"),
        issuer=speaker.issuer,
        client_id=speaker.client_id,
        now=now,
    )
    for is_met in CHECKS:
        if not is_met(received):
            raise WrongLogoutToken(is_met.__name__)
    return claims


def it_is_no_other_kind_of_token(received: Received) -> bool:
    return received.type is None or (isinstance(received.type, str) and received.type.lower() in TYPES)


def issuer_is_the_one_whose_keys_proved_it(received: Received) -> bool:
    return received.claims.get("iss") == received.issuer


def audience_is_ours_alone(received: Received) -> bool:
    return received.claims.get("aud") in (received.client_id, [received.client_id])


def was_issued_before_now(received: Received) -> bool:
    issued_at = as_time(received.claims.get("iat"))
    return issued_at is not None and issued_at <= received.now + LEEWAY


def not_expired(received: Received) -> bool:
    expires_at = as_time(received.claims.get("exp"))
    return (
        expires_at is not None and received.now - LEEWAY < expires_at <= received.now + LONGEST_LIFE + LEEWAY
    )


def it_tells_of_a_logout(received: Received) -> bool:
    events = received.claims.get("events")
    return isinstance(events, dict) and isinstance(events.get(EVENT), dict)


def it_has_no_nonce(received: Received) -> bool:
    """Whatever its value: an ID token must never pass for this (2.4)."""
    return "nonce" not in received.claims


def it_names_a_session_or_a_person(received: Received) -> bool:
    named = [received.claims[name] for name in ("sid", "sub") if name in received.claims]
    return bool(named) and all(_is_identifier(each) for each in named)


def it_has_an_identifier(received: Received) -> bool:
    return _is_identifier(received.claims.get("jti"))


CHECKS: tuple[Callable[[Received], bool], ...] = (
    it_is_no_other_kind_of_token,
    issuer_is_the_one_whose_keys_proved_it,
    audience_is_ours_alone,
    was_issued_before_now,
    not_expired,
    it_names_a_session_or_a_person,
    it_tells_of_a_logout,
    it_has_no_nonce,
    it_has_an_identifier,
)


def _is_identifier(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and 1 <= len(value) <= LONGEST
