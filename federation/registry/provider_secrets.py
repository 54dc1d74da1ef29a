"""Our secrets at the FIs: sealed, each for its own row."""

from federation.models import Provider
from proconnect.kernel.encryption import CannotUnseal, seal, unseal


def keep(row: Provider, secret: str) -> None:
    """Unsaved."""
    row.sealed_secret = seal(secret, context=row.secret_context)


def is_the_one_kept(row: Provider, secret: str) -> bool:
    """No too when the key that sealed it is gone: the secret given then replaces it."""
    try:
        return bool(row.sealed_secret) and unseal(row.sealed_secret, context=row.secret_context) == secret
    except CannotUnseal:
        return False
