"""A FI's code → its tokens (RFC 6749 4.1.3, OIDC Core 3.1.3). Never retried: a code serves once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from federation import networks, quirks
from federation.errors import FederationError
from federation.registry import ProviderRecord
from federation.rp.client_authentication import CannotAuthenticate, prove_ourselves
from federation.rp.failures import refused, unreachable
from federation.rp.metadata import Metadata
from federation.rp.transaction import PendingTransaction
from proconnect.kernel import outbound
from proconnect.kernel.contracts.identity_provider import AuthenticationAsk

CALL_FAILED = FederationError.PROVIDER_TOKEN_CALL_FAILED
INVALID = FederationError.PROVIDER_TOKEN_INVALID


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str
    id_token: str


def redeem(
    code: str,
    *,
    provider: ProviderRecord,
    known: Metadata,
    ask: AuthenticationAsk,
    pending: PendingTransaction,
) -> Tokens:
    """``sp_id`` and ``sp_name`` come again for one ministry's FI. Raises ProviderRefused or ProviderUnreachable."""
    try:
        headers, ours = prove_ourselves(provider, known, now=timezone.now())
    except CannotAuthenticate as failure:
        raise unreachable(CALL_FAILED, failure) from failure
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": ask.return_to,
        "sp_id": ask.client_id,
        "sp_name": ask.client_name,
    }
    if quirks.takes_pkce(provider.quirks):
        form["code_verifier"] = pending.verifier
    try:
        answer = networks.post_form(
            networks.road_to(provider),
            known.token_endpoint,
            form | ours,
            headers={"accept": "application/json"} | headers,
        )
        said = answer.json_object()
    except (outbound.OutboundFailure, ValueError) as failure:
        raise unreachable(CALL_FAILED, failure) from failure
    if answer.status != 200:
        error = said.get("error")
        theirs = error if isinstance(error, str) else f"HTTP {answer.status}"
        raise refused(CALL_FAILED, "code_was_exchanged", oauth_error=theirs)
    return read_tokens(said)


def read_tokens(said: Mapping[str, Any]) -> Tokens:
    """RFC 6749 5.1, OIDC Core 3.1.3.3. Raises ProviderRefused."""
    access_token, token_type, id_token = (
        said.get(name) for name in ("access_token", "token_type", "id_token")
    )
    if not isinstance(access_token, str) or not _may_go_in_a_header(access_token):
        raise refused(INVALID, "access_token_is_readable")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise refused(INVALID, "token_type_is_bearer")
    if not isinstance(id_token, str):
        raise refused(INVALID, "id_token_is_there")
    return Tokens(access_token, id_token)


def _may_go_in_a_header(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
