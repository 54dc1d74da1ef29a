"""A FI tells us that its own session is over: ours ends, with its tokens, and each FS told in it hears of it.

By its server (Back-Channel Logout 1.0), or by a frame of its sign-out page (Front-Channel Logout 1.0). Neither answer
says whether anybody was signed out.
"""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from federation import endings, registry
from federation.rp import logout_token
from federation.rp.logout_token import SignedOut, WrongLogoutToken
from federation.traces import Trace
from proconnect.kernel.contracts.identity_provider import ProviderUnreachable
from proconnect.kernel.traces import record
from proconnect.platform.availability import RETRY_AFTER

FORM_TYPE = "application/x-www-form-urlencoded"
LONGEST = 256  # characters
SHORTEST_SID = 16  # characters: anybody may load this address, and could guess a shorter name


@csrf_exempt  # called by the FI's own server, which holds no form of ours
@never_cache
@require_POST
def back_channel(request: HttpRequest) -> HttpResponse:
    """2.5 and 2.8."""
    now = timezone.now()
    try:
        said = logout_token.accept(_token_in(request), now=now)
        with transaction.atomic():
            ended = _end(said)
            logout_token.spend(said, now=now)
    except WrongLogoutToken as wrong:
        record(Trace.FI_LOGOUT_REFUSED, provider=wrong.speaker, check=wrong)
        return JsonResponse({"error": "invalid_request"}, status=400)
    except ProviderUnreachable as failure:
        record(Trace.FI_LOGOUT_REFUSED, check="keys_are_within_reach", code=failure.code)
        return HttpResponse(status=503, headers={"Retry-After": str(RETRY_AFTER)})
    record(Trace.FI_LOGGED_OUT, provider=said.providers[0], sessions=ended, way="back-channel")
    return HttpResponse(status=200)


@never_cache
@require_GET
def front_channel(request: HttpRequest) -> HttpResponse:
    """2 and 3. The browser sends none of our cookies from a frame of another site: the session is found by its names, on
    the server. The frame itself is never shown.
    """
    issuer, sid = (_once(request, name) for name in ("iss", "sid"))
    providers = [provider.uid for provider in registry.providers_named(issuer)] if issuer else []
    if providers and len(sid) >= SHORTEST_SID:
        ended = endings.end_sessions_over_at_provider(providers, sid=sid, sub="")
        if ended:
            record(Trace.FI_LOGGED_OUT, provider=providers[0], sessions=ended, way="front-channel")
    return HttpResponse(status=200, content_type="text/plain")


def _end(said: SignedOut) -> int:
    return endings.end_sessions_over_at_provider(said.providers, sid=said.sid, sub=said.sub)


def _token_in(request: HttpRequest) -> str:
    """Raises WrongLogoutToken."""
    tokens = request.POST.getlist("logout_token") if request.content_type == FORM_TYPE else []
    if len(tokens) != 1:
        raise WrongLogoutToken("one_token_is_posted")
    return tokens[0]


def _once(request: HttpRequest, name: str) -> str:
    values = request.GET.getlist(name)
    is_usable = len(values) == 1 and len(values[0]) <= LONGEST and values[0].isprintable()
    return values[0] if is_usable else ""
