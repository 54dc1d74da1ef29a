"""Who calls: the FS proves itself by the method it registered, and by no other (RFC 6749 2.3, OIDC Core 9)."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from django.http import HttpRequest

from federation import registry
from federation.op import client_assertion
from federation.op.client_assertion import WrongAssertion
from federation.op.wire import Form, OAuthError
from federation.registry import client_secrets
from federation.registry.records import ClientRecord

CHALLENGE = {"WWW-Authenticate": 'Basic realm="ProConnect", charset="UTF-8"'}


class Unproved(Exception):
    """The FS is told invalid_client and no more; the reason is for our own trace."""

    client_id: str | None = None  # once it is known to be one of ours


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who the caller says it is, and what should prove it."""

    client_id: str
    proof: str


@dataclass(frozen=True, slots=True)
class Method:
    """``is_used`` sees whether the request tries this method; ``read`` and ``check`` raise Unproved."""

    name: str
    is_used: Callable[[HttpRequest, Form], bool]
    read: Callable[[HttpRequest, Form], Claimed]
    check: Callable[[ClientRecord, str, datetime], None]


def authenticate(request: HttpRequest, form: Form, *, now: datetime) -> ClientRecord:
    """Raises OAuthError: invalid_request for two methods at once, else invalid_client, without saying what is wrong."""
    used = [method for method in METHODS if method.is_used(request, form)]
    if len(used) > 1:
        raise OAuthError("invalid_request", "more than one client authentication method")
    try:
        return _proved(used, request, form, now)
    except Unproved as unproved:
        raise OAuthError(
            "invalid_client", "client authentication failed", status=401, headers=CHALLENGE
        ) from unproved


def _proved(used: list[Method], request: HttpRequest, form: Form, now: datetime) -> ClientRecord:
    if not used:
        raise Unproved("no client authentication")
    [method] = used
    claimed = method.read(request, form)
    client = registry.find_client(claimed.client_id)
    if client is None:
        raise Unproved("unknown client")
    try:
        _check(method, client, claimed, form, now)
    except Unproved as unproved:
        unproved.client_id = client.client_id
        raise
    return client


def _check(method: Method, client: ClientRecord, claimed: Claimed, form: Form, now: datetime) -> None:
    if form.get("client_id", client.client_id) != client.client_id:
        raise Unproved("client_id is another one's")
    if client.token_endpoint_auth_method != method.name:
        raise Unproved(f"{method.name} is not the method registered")
    method.check(client, claimed.proof, now)


# A secret


def _has_authorization(request: HttpRequest, form: Form) -> bool:
    return "HTTP_AUTHORIZATION" in request.META


def _read_basic(request: HttpRequest, form: Form) -> Claimed:
    """Both parts are form-encoded before base64 (RFC 6749 2.3.1)."""
    scheme, _, encoded = request.META["HTTP_AUTHORIZATION"].partition(" ")
    if scheme.lower() != "basic":
        raise Unproved("the scheme is not Basic")
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Unproved("Authorization is not readable") from None
    return Claimed(unquote_plus(client_id), unquote_plus(secret))


def _has_secret(request: HttpRequest, form: Form) -> bool:
    return "client_secret" in form


def _read_post(request: HttpRequest, form: Form) -> Claimed:
    return Claimed(form.get("client_id", ""), form["client_secret"])


def _check_secret(client: ClientRecord, secret: str, now: datetime) -> None:
    if not client_secrets.verify(client, secret, now):
        raise Unproved("wrong secret")


# An assertion


def _has_assertion(request: HttpRequest, form: Form) -> bool:
    return "client_assertion" in form or "client_assertion_type" in form


def _read_assertion(request: HttpRequest, form: Form) -> Claimed:
    if form.get("client_assertion_type") != client_assertion.TYPE:
        raise Unproved("client_assertion_type is not the one of a JWT")
    assertion = form.get("client_assertion", "")
    try:
        return Claimed(client_assertion.subject(assertion), assertion)
    except WrongAssertion as wrong:
        raise Unproved(wrong) from wrong


def _check_assertion(client: ClientRecord, assertion: str, now: datetime) -> None:
    try:
        client_assertion.accept(client, assertion, now=now)
    except WrongAssertion as wrong:
        raise Unproved(wrong) from wrong


METHODS: tuple[Method, ...] = (
    Method("client_secret_basic", _has_authorization, _read_basic, _check_secret),
    Method("client_secret_post", _has_secret, _read_post, _check_secret),
    Method("private_key_jwt", _has_assertion, _read_assertion, _check_assertion),
)
