"""Whose names a FI asserted last, without keeping them: a keyed hash, compared at the next sign-in."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterator

from django.conf import settings

from proconnect.kernel.contracts.identity_provider import AssertedIdentity


def of(identity: AssertedIdentity) -> str:
    """64 hexadecimal digits, under the first of CLIENT_SECRET_PEPPERS."""
    return next(_hashes(identity))


def is_same(kept: str, identity: AssertedIdentity) -> bool:
    """Under any of the keys: the one in use may have changed since."""
    return any(hmac.compare_digest(kept, known) for known in _hashes(identity))


def _hashes(identity: AssertedIdentity) -> Iterator[str]:
    words = f"account-holder:{_words(identity)}".encode()
    return (
        hmac.new(pepper, words, hashlib.sha256).hexdigest()
        for pepper in settings.ENV.client_secret_peppers.values()
    )


def _words(identity: AssertedIdentity) -> str:
    """Accents, case, hyphens, and which name comes first, tell nobody apart."""
    apart = unicodedata.normalize("NFKD", f"{identity.given_name} {identity.usual_name}").casefold()
    letters = "".join(each if each.isalnum() else " " for each in apart if not unicodedata.combining(each))
    return " ".join(sorted(letters.split()))
