"""What a FS may read of the person (OIDC Core 5.3): the claims kept with its grant, nothing more."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from federation import registry
from federation.op import grants, keys
from federation.op.wire import FORM_TYPE, NEVER_CACHED, OAuthError, answer, endpoint, read_form
from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.traces import record

REALM = 'Bearer realm="ProConnect"'


@endpoint("GET", "POST")
def userinfo(request: HttpRequest) -> HttpResponse:
    reader = grants.reader_of(_access_token(request))
    client = registry.find_client(reader.client_id) if reader else None
    if reader is None or client is None:
        raise _invalid_token()
    record(Trace.FS_READ_USERINFO, client_id=client.client_id)
    claims = {**reader.claims, "sub": str(reader.account)}
    if client.userinfo_signed_response_alg is None:
        return answer(claims)
    signed = _signed(claims, client, client.userinfo_signed_response_alg)
    return HttpResponse(signed, content_type="application/jwt", headers=NEVER_CACHED)


def _signed(claims: Mapping[str, Any], client: ClientRecord, algorithm: str) -> str:
    now = timezone.now()
    assertion = {
        **claims,
        "iss": settings.ENV.issuer,
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + settings.ENV.id_token_lifetime).timestamp()),
    }
    return keys.sign(assertion, algorithm, client)


def _access_token(request: HttpRequest) -> str:
    """In the header or in a posted form, once (RFC 6750 2.1, 2.2); never in the URL. Raises OAuthError."""
    if "access_token" in request.GET:
        raise OAuthError("invalid_request", "the access token never travels in the URL")
    in_header = _bearer(request.headers.get("Authorization", ""))
    in_form = read_form(request).get("access_token", "") if request.content_type == FORM_TYPE else ""
    if in_header and in_form:
        raise OAuthError("invalid_request", "the access token is given twice")
    if not (in_header or in_form):
        raise OAuthError(
            "invalid_token", "an access token is needed", status=401, headers={"WWW-Authenticate": REALM}
        )
    return in_header or in_form


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _invalid_token() -> OAuthError:
    """RFC 6750 3."""
    description = "the access token is unknown, expired or revoked"
    challenge = f'{REALM}, error="invalid_token", error_description="{description}"'
    return OAuthError("invalid_token", description, status=401, headers={"WWW-Authenticate": challenge})
