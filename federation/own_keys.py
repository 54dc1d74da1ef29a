"""Our own keys. Those we sign with: next (published ahead), active (signs), retired (still published to FS, so old tokens
verify). Those FI encrypt to: active (published), retired (still open what comes late).

Private parts are sealed in the database and opened once per process and configuration version: signing, opening and
publishing read no table, and go on while the database is stopped.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone
from joserfc.jwk import ECKey, KeySet, RSAKey

from federation import registry
from federation.models import DecryptionKey, SigningKey
from proconnect.kernel.encryption import seal, unseal

State = SigningKey.State
Key = ECKey | RSAKey
KeyMakers = Mapping[str, Callable[[], Key]]
T = TypeVar("T")

OVERLAP = timedelta(hours=24)  # a key is published this long before it signs, and after (S-171)
KEY_MAKERS: KeyMakers = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "RS256": lambda: RSAKey.generate_key(2048),
}
DECRYPTION_KEY_MAKERS: KeyMakers = {
    "RSA-OAEP-256": lambda: RSAKey.generate_key(3072),  # what is encrypted today must stay closed for long
    "ECDH-ES": lambda: ECKey.generate_key("P-256"),
}


class TooEarly(Exception):
    """Partners have not had the time to learn of the next key, or may still rely on the retired one."""


@dataclass(frozen=True, slots=True)
class SigningRing:
    signing: Mapping[str, Key]  # the active one of each algorithm
    every: KeySet
    jwks: bytes  # public parts, as FS read them
    for_providers: tuple[Mapping[str, object], ...]  # public parts of those that sign, or soon will


@dataclass(frozen=True, slots=True)
class DecryptionRing:
    opening: Mapping[str, Sequence[Key]]  # by algorithm, the active one first
    active: frozenset[str]  # algorithms
    published: tuple[Mapping[str, object], ...]


class Held(Generic[T]):
    """What ``read`` found in the database, once per configuration version. While the database does not answer, the copy
    of this process serves.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._copy: tuple[int, T] | None = None

    def get(self) -> T:
        """Raises DatabaseError when nothing was ever read and the database does not answer."""
        copy, version = self._copy, registry.version()
        if copy is None or copy[0] != version:
            try:
                self._copy = copy = (version, self._read())
            except (DatabaseError, InterfaceError):
                if copy is None:
                    raise
        return copy[1]

    def read_again(self) -> T:
        self._copy = (registry.version(), self._read())
        return self._copy[1]

    def forget(self) -> None:
        self._copy = None


def signing(algorithms: Iterable[str] = ()) -> SigningRing:
    """These algorithms' keys are made at the first need."""
    ring = _signing.get()
    if not ring.signing.keys() >= set(algorithms):
        make_missing(State.ACTIVE, algorithms)
        ring = _signing.read_again()
    return ring


def decryption() -> DecryptionRing:
    """Each algorithm's key is made at the first need."""
    ring = _decryption.get()
    if not ring.active >= DECRYPTION_KEY_MAKERS.keys():
        make_missing_decryption_keys()
        ring = _decryption.read_again()
    return ring


def for_providers() -> bytes:
    """The JWKS that FI read: what our assertions are signed with, and what their answers may be encrypted to."""
    keys = [*signing(KEY_MAKERS).for_providers, *decryption().published]
    return json.dumps({"keys": keys}).encode()


def forget() -> None:
    """Nothing is held in this process."""
    _signing.forget()
    _decryption.forget()


def _read_signing() -> SigningRing:
    rows = list(SigningKey.objects.order_by("algorithm", "created_at"))
    keys = {row.kid: _opened(row) for row in rows}
    return SigningRing(
        signing={row.algorithm: keys[row.kid] for row in rows if row.state == State.ACTIVE},
        every=KeySet(list(keys.values())),
        jwks=json.dumps({"keys": [row.public_jwk for row in rows]}).encode(),
        for_providers=tuple(row.public_jwk for row in rows if row.state != State.RETIRED),
    )


def _read_decryption() -> DecryptionRing:
    rows = list(DecryptionKey.objects.order_by("state", "-created_at"))  # active comes before retired
    active = [row for row in rows if row.state == DecryptionKey.State.ACTIVE]
    return DecryptionRing(
        opening={
            algorithm: [_opened(row) for row in rows if row.algorithm == algorithm]
            for algorithm in DECRYPTION_KEY_MAKERS
        },
        active=frozenset(row.algorithm for row in active),
        published=tuple(row.public_jwk for row in active),
    )


_signing = Held(_read_signing)
_decryption = Held(_read_decryption)


def _opened(row: SigningKey | DecryptionKey) -> Key:
    private = json.loads(unseal(row.sealed_private_jwk, context=row.secret_context))
    return RSAKey.import_key(private) if private["kty"] == "RSA" else ECKey.import_key(private)


# The ages of a key that signs


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
    row = SigningKey(kid=_kid(algorithm, key), algorithm=algorithm, state=state)
    row.public_jwk, row.sealed_private_jwk = _halves(key, row, use="sig")
    row.activated_at = timezone.now() if state == State.ACTIVE else None
    row.save(force_insert=True)
    return row


# The ages of a key that opens


def make_missing_decryption_keys() -> list[DecryptionKey]:
    with _alone():
        active = DecryptionKey.objects.filter(state=DecryptionKey.State.ACTIVE)
        present = set(active.values_list("algorithm", flat=True))
        return [
            _make_decryption_key(algorithm) for algorithm in DECRYPTION_KEY_MAKERS if algorithm not in present
        ]


def replace_decryption_key(kid: str, *, now: datetime) -> DecryptionKey:
    """FI are shown a new key from now on; the former one still opens what they encrypt before they look.

    Raises DecryptionKey.DoesNotExist when no active key has this kid.
    """
    with _alone():
        former = DecryptionKey.objects.get(kid=kid, state=DecryptionKey.State.ACTIVE)
        former.state, former.retired_at = DecryptionKey.State.RETIRED, now
        former.save(update_fields=["state", "retired_at"])
        return _make_decryption_key(former.algorithm)


def delete_decryption_key(kid: str, *, now: datetime, at_once: bool = False) -> None:
    """What is encrypted to this retired key opens no more.

    Raises DecryptionKey.DoesNotExist when no retired key has this kid, TooEarly less than a day after it retired.
    """
    with _alone():
        key = DecryptionKey.objects.get(kid=kid, state=DecryptionKey.State.RETIRED)
        if not at_once and key.retired_at and now - key.retired_at < OVERLAP:
            raise TooEarly("it retired less than a day ago: FI may still encrypt to it")
        key.delete()


def _make_decryption_key(algorithm: str) -> DecryptionKey:
    key = DECRYPTION_KEY_MAKERS[algorithm]()
    row = DecryptionKey(kid=_kid(algorithm, key), algorithm=algorithm, state=DecryptionKey.State.ACTIVE)
    row.public_jwk, row.sealed_private_jwk = _halves(key, row, use="enc")
    row.save(force_insert=True)
    return row


# What both kinds share


def _kid(algorithm: str, key: Key) -> str:
    """RFC 7638; it begins with a letter: a leading dash would be an option to a shell."""
    return f"{algorithm.lower()}-{key.thumbprint()[:20]}"


def _halves(key: Key, row: SigningKey | DecryptionKey, *, use: str) -> tuple[dict[str, object], str]:
    """The public one, and the private one sealed for this row."""
    named = {"kid": row.kid, "use": use, "alg": row.algorithm}
    private = json.dumps({**key.as_dict(private=True), **named})
    return {**key.as_dict(private=False), **named}, seal(private, context=row.secret_context)


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time changes the keys; each then sees the change."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('federation_signingkey'))")
        yield
    registry.look_again()
