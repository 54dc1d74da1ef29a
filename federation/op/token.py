"""The token endpoint (RFC 6749 3.2): a code, or a refresh token, becomes tokens."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from federation.op import grants, id_token
from federation.op.called_by_clients import called_by_clients
from federation.op.grants import InvalidGrant, Tokens, WiderScope
from federation.op.wire import Form, OAuthError, answer, required
from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.traces import record


@called_by_clients
def token(request: HttpRequest, client: ClientRecord, form: Form) -> HttpResponse:
    return answer(_exchange(client, form))


def _exchange(client: ClientRecord, form: Form) -> Mapping[str, str | int]:
    grant_type = required(form, "grant_type")
    if grant_type not in GRANT_TYPES:
        raise OAuthError("unsupported_grant_type", f"grant_type must be {' or '.join(GRANT_TYPES)}")
    try:
        return GRANT_TYPES[grant_type](client, form)
    except InvalidGrant as refusal:
        raise OAuthError("invalid_grant", "grant request is invalid") from refusal


def _redeem_code(client: ClientRecord, form: Form) -> Mapping[str, str | int]:
    """RFC 6749 4.1.3, RFC 7636 4.5."""
    tokens = grants.redeem(
        client,
        code=required(form, "code"),
        redirect_uri=form.get("redirect_uri", ""),
        code_verifier=form.get("code_verifier", ""),
    )
    record(Trace.FS_REDEEMED_CODE, client_id=client.client_id, sid=tokens.granted.sid)
    return _told(client, tokens, nonce=tokens.granted.nonce)


def _refresh(client: ClientRecord, form: Form) -> Mapping[str, str | int]:
    """RFC 6749 6. The ID token given anew has no nonce (OIDC Core 12.2); a narrower scope is answered by the whole, and
    ``scope`` says so (3.3). ``scopes``, which older documentation names, is ignored as any unknown parameter.
    """
    asked = frozenset(form.get("scope", "").split())
    try:
        tokens = grants.refresh(client, required(form, "refresh_token"), scopes=asked)
    except WiderScope as wider:
        raise OAuthError("invalid_scope", "scope goes beyond what was granted") from wider
    record(Trace.FS_REFRESHED, client_id=client.client_id, sid=tokens.granted.sid)
    return _told(client, tokens, nonce="")


GRANT_TYPES: Mapping[str, Callable[[ClientRecord, Form], Mapping[str, str | int]]] = {
    "authorization_code": _redeem_code,
    "refresh_token": _refresh,
}


def _told(client: ClientRecord, tokens: Tokens, *, nonce: str) -> Mapping[str, str | int]:
    return {
        "access_token": tokens.access_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "refresh_token": tokens.refresh_token,
        "scope": " ".join(tokens.granted.scopes),
        "id_token": id_token.issue(
            client, tokens.granted, tokens.access_token, nonce=nonce, now=timezone.now()
        ),
    }
