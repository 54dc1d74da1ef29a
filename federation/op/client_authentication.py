"""Who calls: the FS proves itself by the method it registered, and by no other (RFC 6749 2.3, OIDC Core 9)."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from django.http import HttpRequest

from federation import registry
from federation.op.wire import Form, OAuthError
from federation.registry import client_secrets
from federation.registry.records import ClientRecord

CHALLENGE = {"WWW-Authenticate": 'Basic realm="ProConnect", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class Method:
    """``is_used`` sees whether the request tries this method; ``prove`` answers the FS when it succeeds."""

    name: str
    is_used: Callable[[HttpRequest, Form], bool]
    prove: Callable[[HttpRequest, Form, datetime], ClientRecord | None]


def authenticate(request: HttpRequest, form: Form, *, now: datetime) -> ClientRecord:
    """Raises OAuthError: invalid_request for two methods at once, else invalid_client, without saying what is wrong."""
    used = [method for method in METHODS if method.is_used(request, form)]
    if len(used) > 1:
        raise OAuthError("invalid_request", "more than one client authentication method")
    for method in used:
        client = method.prove(request, form, now)
        if client and client.token_endpoint_auth_method == method.name:
            return client
    raise OAuthError("invalid_client", "client authentication failed", status=401, headers=CHALLENGE)


def _has_authorization(request: HttpRequest, form: Form) -> bool:
    return "Authorization" in request.headers


def _by_basic(request: HttpRequest, form: Form, now: datetime) -> ClientRecord | None:
    """Both parts are form-encoded before base64 (RFC 6749 2.3.1)."""
    scheme, _, encoded = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if form.get("client_id", client_id) != client_id:
        return None
    return _by_secret(client_id, secret, now)


def _has_secret(request: HttpRequest, form: Form) -> bool:
    return "client_secret" in form


def _by_post(request: HttpRequest, form: Form, now: datetime) -> ClientRecord | None:
    return _by_secret(form.get("client_id", ""), form["client_secret"], now)


def _by_secret(client_id: str, secret: str, now: datetime) -> ClientRecord | None:
    client = registry.find_client(client_id)
    return client if client and client_secrets.verify(client, secret, now) else None


METHODS: tuple[Method, ...] = (
    Method("client_secret_basic", _has_authorization, _by_basic),
    Method("client_secret_post", _has_secret, _by_post),
)
