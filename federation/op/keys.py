"""The keys we sign with: next (published ahead), active (signs), retired (still published, so old tokens verify).

Private parts are sealed in the database and opened once per process and configuration version: signing and the JWKS
read no table, and go on while the database is stopped.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from federation import registry
from federation.models import SigningKey
from federation.registry import client_secrets
from federation.registry.records import ClientRecord
from proconnect.kernel.encryption import seal, unseal

State = SigningKey.State
OVERLAP = timedelta(hours=24)  # a key is published this long before it signs, and after (S-171)
KEY_MAKERS: Mapping[str, Callable[[], ECKey | RSAKey]] = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "RS256": lambda: RSAKey.generate_key(2048),
}
ALGORITHMS = (*KEY_MAKERS, "HS256")
SIGNERS = {algorithm: JWSRegistry.algorithms[algorithm] for algorithm in KEY_MAKERS}


class TooEarly(Exception):
    """FS have not had the time to learn of the next key, or may still hold tokens of the retired one."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    version: int
    signing: Mapping[str, ECKey | RSAKey]  # the active one of each algorithm
    every: KeySet
    jwks: bytes  # public parts, as served


def sign(claims: Mapping[str, Any], algorithm: str, client: ClientRecord, *, typ: str = "") -> str:
    """By the algorithm this FS registered; HS256's key is its own secret (OIDC Core 10.1)."""
    header = {"alg": algorithm, "typ": typ} if typ else {"alg": algorithm}
    if algorithm == "HS256":
        return jwt.encode(header, dict(claims), shared_key(client), algorithms=[algorithm])
    key = _signing_key(algorithm)
    content = json.dumps(claims, separators=(",", ":")).encode()
    signed = _header_segment(algorithm, str(key.kid), typ) + b"." + urlsafe_b64encode(content)
    return (signed + b"." + urlsafe_b64encode(SIGNERS[algorithm].sign(signed, key))).decode()


@lru_cache(64)
def _header_segment(algorithm: str, kid: str, typ: str) -> bytes:
    header = {"alg": algorithm, "kid": kid, "typ": typ or "JWT"}
    return urlsafe_b64encode(json.dumps(header, separators=(",", ":")).encode())


def verifying() -> KeySet:
    """Every key we may have signed with, retired ones included."""
    return _ring().every


def shared_key(client: ClientRecord) -> OctKey:
    """Raises CannotUnseal when this FS was never given HS256."""
    return OctKey.import_key(client_secrets.in_clear(client))


def jwks() -> bytes:
    return _ring_with(KEY_MAKERS).jwks


def _signing_key(algorithm: str) -> ECKey | RSAKey:
    return _ring_with([algorithm]).signing[algorithm]


def _ring_with(algorithms: Iterable[str]) -> KeyRing:
    """Their keys are made at the first need."""
    global _held  # noqa: PLW0603  one copy per process
    ring = _ring()
    if not ring.signing.keys() >= set(algorithms):
        make_missing(State.ACTIVE, algorithms)
        _held = ring = _read(registry.version())
    return ring


# The copy of this process

_held: KeyRing | None = None


def forget() -> None:
    global _held  # noqa: PLW0603
    _held = None


def _ring() -> KeyRing:
    """Raises DatabaseError when nothing was ever read and the database does not answer."""
    global _held  # noqa: PLW0603
    held, version = _held, registry.version()
    if held is None or held.version != version:
        try:
            _held = held = _read(version)
        except (DatabaseError, InterfaceError):
            if held is None:
                raise
    return held


def _read(version: int) -> KeyRing:
    rows = list(SigningKey.objects.order_by("algorithm", "created_at"))
    keys = {row.kid: _opened(row) for row in rows}
    return KeyRing(
        version=version,
        signing={row.algorithm: keys[row.kid] for row in rows if row.state == State.ACTIVE},
        every=KeySet(list(keys.values())),
        jwks=json.dumps({"keys": [row.public_jwk for row in rows]}).encode(),
    )


def _opened(row: SigningKey) -> ECKey | RSAKey:
    kind = ECKey if row.algorithm == "ES256" else RSAKey
    return kind.import_key(json.loads(unseal(row.sealed_private_jwk, context=row.secret_context)))


# Their ages


def make_missing(state: State, algorithms: Iterable[str] = KEY_MAKERS) -> list[SigningKey]:
    """One key in this state for each of these algorithms that has none."""
    with _alone():
        present = set(SigningKey.objects.filter(state=state).values_list("algorithm", flat=True))
        return [_make(algorithm, state) for algorithm in algorithms if algorithm not in present]


def rotate(algorithm: str, *, now: datetime, at_once: bool = False) -> SigningKey:
    """The next key signs from now on, the active one retires, and another next one is published.

    Raises TooEarly when the next key was published less than a day ago, unless ``at_once`` (a key has leaked).
    """
    make_missing(State.NEXT, [algorithm])
    with _alone():
        following = SigningKey.objects.get(algorithm=algorithm, state=State.NEXT)
        if not at_once and now - following.created_at < OVERLAP:
            raise TooEarly(
                f"the next {algorithm} key was published less than a day ago: FS may not know it yet"
            )
        active = SigningKey.objects.filter(algorithm=algorithm, state=State.ACTIVE)
        active.update(state=State.RETIRED, retired_at=now)
        following.state, following.activated_at = State.ACTIVE, now
        following.save(update_fields=["state", "activated_at"])
        _make(algorithm, State.NEXT)
    return following


def withdraw(kid: str, *, now: datetime, at_once: bool = False) -> None:
    """Stop publishing a retired key: what it signed verifies no more.

    Raises SigningKey.DoesNotExist when no retired key has this kid, TooEarly less than a day after it retired.
    """
    with _alone():
        key = SigningKey.objects.get(kid=kid, state=State.RETIRED)
        if not at_once and key.retired_at and now - key.retired_at < OVERLAP:
            raise TooEarly("it retired less than a day ago: FS may still hold tokens it signed")
        key.delete()


def _make(algorithm: str, state: State) -> SigningKey:
    key = KEY_MAKERS[algorithm]()
    kid = f"{algorithm.lower()}-{key.thumbprint()[:20]}"  # of RFC 7638; a leading dash would be an option to a shell
    named = {"kid": kid, "use": "sig", "alg": algorithm}
    row = SigningKey(kid=kid, algorithm=algorithm, state=state)
    row.public_jwk = key.as_dict(private=False) | named
    private = json.dumps(key.as_dict(private=True) | named)
    row.sealed_private_jwk = seal(private, context=row.secret_context)
    row.activated_at = timezone.now() if state == State.ACTIVE else None
    row.save(force_insert=True)
    return row


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time changes the keys; each then sees the change."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('federation_signingkey'))")
        yield
    registry.look_again()
