"""A FD asks what a token it received is worth (RFC 7662), in JSON or signed (RFC 9701).

A token is good at a FD for the scopes of that FD, which its FS was granted, asked for, and has kept. Whoever has no
such scope, a FS among them, reads that the token is not active: RFC 7662 2.2 wants the same answer for a token that the
caller may not know of (S-044).
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from federation import registry
from federation.claims import OF_THE_PERSON
from federation.models import Kind
from federation.op import grants, keys
from federation.op.called_by_clients import called_by_clients
from federation.op.grants import LiveAccess
from federation.op.wire import NEVER_CACHED, Form, answer, required
from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.traces import record

TYPE = "token-introspection+jwt"
MEDIA_TYPE = f"application/{TYPE}"
NOT_ACTIVE: Mapping[str, Any] = {"active": False}


@called_by_clients
def introspection(request: HttpRequest, client: ClientRecord, form: Form) -> HttpResponse:
    token = required(form, "token")
    access = grants.live_access(token) if client.kind == Kind.FD else None
    scopes = _good_here(access, client) if access else frozenset()
    told = _told(access, client, scopes) if access and scopes else NOT_ACTIVE
    record(
        Trace.FD_INTROSPECTED,
        client_id=client.client_id,
        about=access.client_id if access else None,
        active=told["active"],
    )
    return _signed(told, client) if _wants_it_signed(request, client) else answer(told)


def _good_here(access: LiveAccess, fd: ClientRecord) -> frozenset[str]:
    """A scope taken from the FS since is good no more, whatever tokens it still holds."""
    fs = registry.find_client(access.client_id)
    return access.scopes & fd.scopes & fs.scopes - OF_THE_PERSON if fs else frozenset()


def _told(access: LiveAccess, fd: ClientRecord, scopes: frozenset[str]) -> Mapping[str, Any]:
    """2.2. Of the person, the ``sub`` alone: the FS reads the rest at userinfo."""
    return {
        "active": True,
        "sub": str(access.account),
        "client_id": access.client_id,
        "scope": " ".join(sorted(scopes)),
        "iat": int(access.issued_at.timestamp()),
        "exp": int(access.expires_at.timestamp()),
        "iss": settings.ENV.issuer,
        "aud": fd.client_id,
        "token_type": "Bearer",
        "acr": access.acr,
    }


def _wants_it_signed(request: HttpRequest, fd: ClientRecord) -> bool:
    """RFC 9701 4: asked for by name, by a FD that registered how."""
    return fd.introspection_signed_response_alg is not None and MEDIA_TYPE in request.headers.get(
        "Accept", ""
    )


def _signed(told: Mapping[str, Any], fd: ClientRecord) -> HttpResponse:
    """RFC 9701 5: neither ``sub`` nor ``exp`` beside what is told, so that it passes for no other token."""
    claims = {
        "iss": settings.ENV.issuer,
        "aud": fd.client_id,
        "iat": int(timezone.now().timestamp()),
        "token_introspection": told,
    }
    token = keys.sign(claims, fd.introspection_signed_response_alg or "", fd, typ=TYPE)
    return HttpResponse(token, content_type=MEDIA_TYPE, headers=NEVER_CACHED)
