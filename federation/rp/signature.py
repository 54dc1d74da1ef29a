"""What a FI signed, by its own keys or the secret we share with it."""

from collections.abc import Sequence
from typing import Any

from federation import registry
from federation.registry import ProviderRecord
from federation.rp import metadata
from federation.rp.metadata import Metadata
from federation.signature import verified_claims


def claims_signed_by(
    provider: ProviderRecord,
    known: Metadata,
    token: str,
    algorithms: Sequence[str],
    *,
    from_stranger: bool = False,
) -> dict[str, Any]:
    """``from_stranger``: it did not come by a call of ours to the FI.

    Raises BadSignature, or ProviderUnreachable when the FI's keys are out of reach.
    """
    return verified_claims(
        token,
        algorithms=algorithms,
        keys=lambda refetch: metadata.signing_keys(
            provider, known, refetch=refetch, for_stranger=from_stranger
        ),
        secret=lambda: registry.provider_secret(provider),
    )
