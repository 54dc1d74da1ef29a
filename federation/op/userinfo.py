"""What a FS may read of the person (OIDC Core 5.3): the claims kept with its grant, nothing more."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from federation import registry
from federation.claims import still_granted
from federation.op import encryption, grants, keys
from federation.op.wire import FORM_TYPE, NEVER_CACHED, OAuthError, answer, endpoint, read_form
from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform.availability import RETRY_AFTER

REALM = 'Bearer realm="ProConnect"'


@endpoint("GET", "POST")
def userinfo(request: HttpRequest) -> HttpResponse:
    reader = grants.reader_of(_access_token(request))
    client = registry.find_client(reader.client_id) if reader else None
    if reader is None or client is None:
        raise _invalid_token()
    response = _told({**still_granted(reader.claims, client), "sub": str(reader.account)}, client)
    record(Trace.FS_READ_USERINFO, client_id=client.client_id)
    return response


def _told(claims: Mapping[str, Any], client: ClientRecord) -> HttpResponse:
    """In JSON, or in a JWT when the FS registered one: signed, encrypted, or both. Raises OAuthError."""
    if client.userinfo_signed_response_alg is None and client.userinfo_encrypted_response_alg is None:
        return answer(claims)
    try:
        token = _jwt(_assertion(claims, client), client)
    except encryption.NoEncryptionKey as missing:
        refusal = _no_encryption_key()
        refusal.client_id = client.client_id
        raise refusal from missing
    return HttpResponse(token, content_type="application/jwt", headers=NEVER_CACHED)


def _jwt(assertion: Mapping[str, Any], client: ClientRecord) -> str:
    """Raises NoEncryptionKey: what must be encrypted never leaves in clear."""
    algorithm, is_encrypted = client.userinfo_signed_response_alg, client.userinfo_encrypted_response_alg
    if algorithm is None:
        return encryption.encrypt_claims(assertion, client)
    signed = keys.sign(assertion, algorithm, client)
    return encryption.encrypt_jwt(signed, client) if is_encrypted else signed


def _assertion(claims: Mapping[str, Any], client: ClientRecord) -> dict[str, Any]:
    now = timezone.now()
    return {
        **claims,
        "iss": settings.ENV.issuer,
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + settings.ENV.id_token_lifetime).timestamp()),
    }


def _access_token(request: HttpRequest) -> str:
    """In the header or in a posted form, once (RFC 6750 2.1, 2.2); never in the URL. Raises OAuthError."""
    if "access_token" in request.GET:
        raise OAuthError("invalid_request", "the access token never travels in the URL")
    in_header = _bearer(request.META.get("HTTP_AUTHORIZATION", ""))
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


def _no_encryption_key() -> OAuthError:
    return OAuthError(
        "server_error",
        "userinfo is to be encrypted, and this client gives no usable key to encrypt it with",
        status=503,
        headers={"Retry-After": str(RETRY_AFTER)},
    )
