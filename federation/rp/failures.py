"""The two ways a FI lets us down, under the public code of what failed."""

from federation.errors import FederationError
from federation.networks import error_of_the_relay
from proconnect.kernel.contracts.identity_provider import ProviderRefused, ProviderUnreachable

LONGEST_ERROR = 64  # characters of the FI's own words
LONGEST_DESCRIPTION = 256


def refused(
    error: FederationError, check: str, *, oauth_error: str = "", description: str = ""
) -> ProviderRefused:
    return ProviderRefused(
        error.value.code,
        check=check,
        oauth_error=_plain(oauth_error, LONGEST_ERROR),
        description=_plain(description, LONGEST_DESCRIPTION),
    )


def unreachable(error: FederationError, detail: object) -> ProviderUnreachable:
    """Of a FI that is called by the relay, the relay's own failures come first: others mend them."""
    relays = error_of_the_relay(detail) if isinstance(detail, BaseException) else None
    return ProviderUnreachable((relays or error).value.code, str(detail))


def _plain(text: str, longest: int) -> str:
    """Words of a stranger, cut short, without control characters (S-069)."""
    return "".join(character if character.isprintable() else " " for character in text[:longest]).strip()
