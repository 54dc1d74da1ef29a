"""The two ways a FI lets us down, under the public code of what failed."""

import re

from federation.errors import FederationError
from federation.networks import error_of_the_relay
from proconnect.kernel.contracts.identity_provider import ProviderRefused, ProviderUnreachable

# As errors are registered (RFC 6749 11.4), or a status. Anything else goes in no trace: it could name a person.
ERROR_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}|HTTP [0-9]{3}")
LONGEST_DESCRIPTION = 256  # characters of the FI's own words


def refused(
    error: FederationError, check: str, *, oauth_error: str = "", description: str = ""
) -> ProviderRefused:
    return ProviderRefused(
        error.value.code,
        check=check,
        oauth_error=oauth_error if ERROR_WORD.fullmatch(oauth_error) else "",
        description=_plain(description),
    )


def unreachable(error: FederationError, detail: object) -> ProviderUnreachable:
    """Of a FI that is called by the relay, the relay's own failures come first: others mend them."""
    relays = error_of_the_relay(detail) if isinstance(detail, BaseException) else None
    return ProviderUnreachable((relays or error).value.code, str(detail))


def _plain(text: str) -> str:
    """Words of a stranger, cut short, without control characters (S-069)."""
    shortened = text[:LONGEST_DESCRIPTION]
    return "".join(character if character.isprintable() else " " for character in shortened).strip()
