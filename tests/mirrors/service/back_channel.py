"""What a FS does when ProConnect says that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8)."""

from typing import Any

import jwt
import requests
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tests.mirrors.service.backend import ProConnectBackend

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@csrf_exempt  # ProConnect's server calls, no browser: the signature is what is believed
@never_cache
@require_POST
def back_channel_logout(request: HttpRequest) -> HttpResponse:
    try:
        claims = _believed(request.POST.get("logout_token", ""))
    except (
        SuspiciousOperation,
        jwt.PyJWTError,
        requests.RequestException,
        LookupError,
        ValueError,
    ) as refused:
        return JsonResponse({"error": "invalid_request", "error_description": str(refused)}, status=400)
    end_local_sessions(claims.get("sub"), claims.get("sid"))
    return HttpResponse()


def _believed(logout_token: str) -> dict[str, Any]:
    """2.6. The backend checks the signature, its algorithm, the issuer and the audience."""
    claims = ProConnectBackend().verify_token(logout_token)
    if jwt.get_unverified_header(logout_token).get("typ") != "logout+jwt":
        raise SuspiciousOperation("not a logout token")
    if claims.get("events") != {EVENT: {}}:
        raise SuspiciousOperation("not the event of a logout")
    if "nonce" in claims:
        raise SuspiciousOperation("a logout token has no nonce")
    if not (claims.get("sub") or claims.get("sid")):
        raise SuspiciousOperation("neither a person nor a session is named")
    return claims


def end_local_sessions(sub: str | None, sid: str | None) -> None:
    """Those of this ``sid``; without one, all of the person's."""
    for kept in Session.objects.filter(expire_date__gt=timezone.now()):
        theirs = kept.get_decoded().get("answer", {}).get("id_token_claims", {})
        if theirs.get("sid") == sid if sid else theirs.get("sub") == sub:
            SessionStore(kept.session_key).flush()
