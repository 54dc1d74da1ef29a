"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): our session, then the FI's, then back to the FS."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from federation import endings, registry, sessions
from federation.endings import Ending
from federation.errors import FederationError
from federation.op import id_token
from federation.registry.records import ClientRecord
from federation.rp import providers
from federation.sessions import OpenSession
from federation.traces import Trace
from proconnect.kernel import outbound
from proconnect.kernel.contracts.identity_provider import HeldIdentity
from proconnect.kernel.error_page import Refused
from proconnect.kernel.traces import record
from proconnect.platform import one_time

KIND = "sign-out"
POSTED = "sign-out-posted"
LONGEST = 4096  # of a state, carried back byte for byte
MOST_AWAITED = 3  # returns of one browser from sign-outs in several tabs
LONGEST_WAIT = timedelta(seconds=2)  # for a FI to say where it signs people out
PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One sign-out request, once its return address is trusted."""

    client: ClientRecord | None
    is_proved: bool  # an ID token of ours for the person of this session came with it
    return_to: str  # registered by that FS, with the state; empty: our own page ends the trip


@csrf_exempt  # a FS may post it; without proof the person is asked first
@never_cache
@require_http_methods(["GET", "POST"])
def end_session(request: HttpRequest) -> HttpResponse:
    session = sessions.current(request, now=timezone.now())
    sent = _sent(request)
    if request.method == "POST" and session is None:
        return _come_back_by_get(sent)
    ask = read(sent, session)
    record(Trace.FS_ASKED_LOGOUT, client_id=ask.client and ask.client.client_id)
    if session and not ask.is_proved:
        return render(request, "federation/sign_out.html", {"client": ask.client, "sent": sent})
    return end(request, session, ask)


def _come_back_by_get(sent: dict[str, str]) -> HttpResponse:
    """A form posted from the FS's site comes without our cookies (SameSite=Lax); a redirect brings them. What was posted
    waits here, whatever its length, and its ID token enters no address."""
    key = secrets.token_urlsafe(24)
    one_time.put(POSTED, _key(key), sent, settings.ENV.journey_lifetime)
    url = f"{reverse('federation:end-session')}?{urlencode({'posted': key})}"
    return HttpResponse(status=303, headers={"Location": url})


@csrf_protect
@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """The person said yes: what was asked without proof is done."""
    session = sessions.current(request, now=timezone.now())
    return end(request, session, read(_sent(request), session))


@never_cache
@require_GET
def back_from_provider(request: HttpRequest) -> HttpResponse:
    """The FI has ended its own session; the return address waited under the state we gave it, and this browser. Some FI
    forget the state: it is then the last one given."""
    awaited = _awaited(request)
    state = "".join(request.GET.getlist("state")) or (awaited[-1] if awaited else "")
    kept = one_time.take(KIND, _key(state)) if state in awaited else None
    response = _leave(request, kept["return_to"] if kept else "")
    _await(response, [other for other in awaited if other != state])
    return response


def read(sent: dict[str, str], session: OpenSession | None) -> Ask:
    """Raises Refused(WRONG_POST_LOGOUT_REDIRECT_URI) when the return address is not one that the FS registered, to the
    byte; Refused(WRONG_REQUEST) when the hint was given to another FS."""
    hint = id_token.read_hint(sent["id_token_hint"]) if sent["id_token_hint"] else None
    client = registry.find_client(hint.client_id if hint else sent["client_id"])
    if hint and sent["client_id"] not in ("", hint.client_id):
        raise Refused(FederationError.WRONG_REQUEST, problem="client_id", client_id=hint.client_id)
    uri = sent["post_logout_redirect_uri"]
    if uri and (client is None or uri not in client.post_logout_redirect_uris):
        raise Refused(
            FederationError.WRONG_POST_LOGOUT_REDIRECT_URI,
            client_id=client.client_id if client else sent["client_id"],
        )
    return Ask(
        client=client,
        is_proved=hint is not None and (session is None or hint.sub == session.account),
        return_to=_with_state(uri, sent["state"]) if uri else "",
    )


def end(request: HttpRequest, session: OpenSession | None, ask: Ask) -> HttpResponse:
    """Our session and its tokens first: whatever the FI does, the person is signed out here (S-057). The browser keeps
    its session until the server's has ended, so that one that failed can be asked again."""
    if session is None:
        return _leave(request, ask.return_to)
    endings.end_session(session.sid, Ending.SIGNED_OUT)
    sessions.close(request)
    return _by_the_provider(request, session, ask) or _leave(request, ask.return_to)


def _by_the_provider(request: HttpRequest, session: OpenSession, ask: Ask) -> HttpResponse | None:
    provider = registry.find_provider(session.provider_uid)
    if provider is None or not provider.is_open:
        return None
    state = secrets.token_urlsafe(24)
    held = HeldIdentity(
        provider_uid=provider.uid,
        sub=session.identity.sub,
        proof=session.identity.proof,
        return_to=settings.ENV.site_url + reverse("federation:logout-callback"),
        state=state,
    )
    with outbound.at_most(LONGEST_WAIT):
        url = providers.of(provider).end(request, held)
    if not url:
        if not provider.is_local:
            record(Trace.FI_LOGOUT_SKIPPED, provider=provider.uid)
        return None
    one_time.put(KIND, _key(state), {"return_to": ask.return_to}, settings.ENV.journey_lifetime)
    record(Trace.FI_LOGOUT_ASKED, provider=provider.uid)
    response = _leave(request, url)
    _await(response, [*_awaited(request), state])
    return response


def _awaited(request: HttpRequest) -> list[str]:
    """The states this browser was given and has not brought back, the last one last."""
    given = request.COOKIES.get(settings.SIGN_OUT_COOKIE_NAME, "")
    return given.split(".") if given else []


def _await(response: HttpResponse, states: Sequence[str]) -> None:
    response.set_cookie(
        settings.SIGN_OUT_COOKIE_NAME,
        ".".join(states[-MOST_AWAITED:]),
        max_age=settings.ENV.journey_lifetime if states else 0,
        secure=settings.ENV.is_https,
        httponly=True,
        samesite="Lax",
    )


def _leave(request: HttpRequest, url: str) -> HttpResponse:
    if not url:
        return render(request, "federation/signed_out.html")
    return HttpResponse(status=303, headers={"Location": url})


def _sent(request: HttpRequest) -> dict[str, str]:
    """Raises Refused(WRONG_REQUEST) on a doubled, over-long or unprintable parameter."""
    if posted := request.GET.get("posted"):
        return one_time.read(POSTED, _key(posted)) or dict.fromkeys(PARAMETERS, "")
    sent = request.GET if request.method == "GET" else request.POST
    for name in PARAMETERS:
        values = sent.getlist(name)
        if len(values) > 1 or any(len(value) > LONGEST or not value.isprintable() for value in values):
            raise Refused(FederationError.WRONG_REQUEST, problem=name, client_id=sent.get("client_id"))
    return {name: sent.get(name, "") for name in PARAMETERS}


def _with_state(uri: str, state: str) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}" if state else uri


def _key(state: str) -> str:
    return sha256(state.encode()).hexdigest()
