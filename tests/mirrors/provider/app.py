"""The demo FI over WSGI: routes, login page, control."""

import base64
import binascii
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from tests.mirrors.provider import pages
from tests.mirrors.provider.faults import HONEST, Endpoint, Faults, Trouble, UnknownFault
from tests.mirrors.provider.http import (
    CONNECTION,
    Request,
    Response,
    Wire,
    as_json,
    content,
    html,
    redirect,
    with_parameters,
)
from tests.mirrors.provider.issuer import Issuer, Login, ProtocolError, Received, RegisteredClient
from tests.mirrors.provider.people import Identity, UnreadableIdentity, typed
from tests.mirrors.provider.troubles import answer_in_trouble

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
LARGEST_JOURNAL = 500

View = Callable[[Issuer, Request], Response]


class Application:
    def __init__(self, issuers: Sequence[Issuer]) -> None:
        self._issuers = sorted(issuers, key=lambda issuer: len(issuer.path), reverse=True)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request.of(environ)
        issuer = next((each for each in self._issuers if _is_under(request.path, each.path)), None)
        if issuer is None:
            return html(pages.not_found(), 404)(start_response)
        answer = self._respond(issuer, request)
        if isinstance(answer, Wire):
            answer.act(environ[CONNECTION])
            raise ConnectionAbortedError("the demo FI is done with this connection")  # wsgiref adds nothing
        return answer(start_response)

    def _respond(self, issuer: Issuer, request: Request) -> Response | Wire:
        local_path = request.path.removeprefix(issuer.path) or "/"
        if (view := PAGES.get(local_path)) is not None:
            return view(issuer, request)
        if (route := ENDPOINTS.get(local_path)) is None:
            return html(pages.not_found(), 404)
        endpoint, methods, view = route
        if request.method not in methods:
            return as_json({"error": "method_not_allowed"}, 405)
        _note(issuer, endpoint, request)
        trouble = _trouble(issuer, endpoint, request)
        honest = view(issuer, request)
        return answer_in_trouble(trouble, honest) if trouble else honest


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _note(issuer: Issuer, endpoint: str, request: Request) -> None:
    issuer.received.append(
        Received(request.method, endpoint, {**request.arguments, **request.form}, dict(request.headers))
    )
    del issuer.received[:-LARGEST_JOURNAL]


def _trouble(issuer: Issuer, endpoint: Endpoint, request: Request) -> Trouble | None:
    login: Login | None = None
    if endpoint == "token":
        login = issuer.login_behind(request.form.get("code", ""))
    elif endpoint == "userinfo":
        try:
            login = issuer.login_of_token(_bearer(request))
        except ProtocolError:
            login = None
    return (login.faults if login else issuer.faults).trouble.get(endpoint)


def discovery(issuer: Issuer, request: Request) -> Response:
    return as_json(issuer.discovery())


def jwks(issuer: Issuer, request: Request) -> Response:
    return as_json(issuer.jwks())


def authorize(issuer: Issuer, request: Request) -> Response:
    asked = request.arguments if request.method == "GET" else request.form
    try:
        client = issuer.client_asking(asked)
    except ProtocolError as refused:
        return html(pages.refusal(issuer, refused), 400)
    try:
        issuer.check_request(client, asked)
    except ProtocolError as refused:
        return _back(asked, issuer.answer_error(asked, refused.error, refused.description))
    if session := issuer.open_session_for(asked, request.cookies.get(cookie_name(issuer, request), "")):
        return _back(asked, issuer.answer(client, asked, session.identity, session.auth_time))
    if "none" in asked.get("prompt", "").split():
        return _back(asked, issuer.answer_error(asked, "login_required", "no session is open here"))
    return html(pages.login(issuer, asked))


def sign_in(issuer: Issuer, request: Request) -> Response:
    """The login page, posted: what was asked is in the query string, who answers is in the body."""
    asked, form = request.arguments, request.form
    try:
        client = issuer.client_asking(asked)
        issuer.check_request(client, asked)
    except ProtocolError as refused:
        return html(pages.refusal(issuer, refused), 400)
    if "error" in form and form.get("answer") == "error":
        return _back(asked, issuer.answer_error(asked, form["error"], form.get("error_description", "")))
    try:
        identity = _identity_chosen(issuer, form)
    except UnreadableIdentity as unreadable:
        return html(pages.login(issuer, asked, typed_values=form, problem=str(unreadable)), 400)
    return _signed_in(issuer, request, client, asked, identity)


def _identity_chosen(issuer: Issuer, form: Mapping[str, str]) -> Identity:
    if persona := issuer.personas.get(form.get("persona", "")):
        return persona.identity
    return typed(form)


def _signed_in(
    issuer: Issuer, request: Request, client: RegisteredClient, asked: Mapping[str, str], identity: Identity
) -> Response:
    response = _back(asked, issuer.answer(client, asked, identity, int(time.time())))
    if request.form.get("remember"):
        cookie = f"{cookie_name(issuer, request)}={issuer.open_session(identity)}"
        response.headers.append(("Set-Cookie", f"{cookie}; Path=/; HttpOnly; SameSite=Lax"))
    return response


def _back(asked: Mapping[str, str], parameters: Mapping[str, Any]) -> Response:
    return redirect(with_parameters(asked["redirect_uri"], parameters))


def cookie_name(issuer: Issuer, request: Request) -> str:
    """Browsers share cookies between ports of one host: the name tells the sites apart."""
    port = request.headers.get("host", "").rpartition(":")[2] or "80"
    return f"fi-{port}{issuer.path.replace('/', '-')}"


def token(issuer: Issuer, request: Request) -> Response:
    try:
        client = issuer.authenticate(request.form, _basic(request))
        return as_json(issuer.exchange(client, request.form))
    except ProtocolError as refused:
        status = 401 if refused.error == "invalid_client" else 400
        return as_json({"error": refused.error, "error_description": refused.description}, status)


def _basic(request: Request) -> tuple[str, str] | None:
    """RFC 6749 2.3.1: both halves are form-encoded before they are joined."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ProtocolError("invalid_client", "unreadable Authorization header") from None
    return unquote_plus(client_id), unquote_plus(secret)


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def userinfo(issuer: Issuer, request: Request) -> Response:
    try:
        said = issuer.userinfo(issuer.login_of_token(_bearer(request)))
    except ProtocolError as refused:
        response = as_json({"error": refused.error}, 401)
        response.headers.append(("WWW-Authenticate", f'Bearer error="{refused.error}"'))
        return response
    return content(said.encode(), "application/jwt") if isinstance(said, str) else as_json(said)


def end_session(issuer: Issuer, request: Request) -> Response:
    asked = request.arguments if request.method == "GET" else request.form
    name = cookie_name(issuer, request)
    issuer.sessions.pop(request.cookies.get(name, ""), None)
    address = issuer.return_after_logout(asked)
    back = issuer.parameters_after_logout(asked)
    response = redirect(with_parameters(address, back)) if address else html(pages.signed_out(issuer))
    response.headers.append(("Set-Cookie", f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"))
    return response


def home(issuer: Issuer, request: Request) -> Response:
    return html(pages.home(issuer))


def control(issuer: Issuer, request: Request) -> Response:
    """Orders from a test on this machine; JSON only, which no foreign page can post unasked."""
    if request.remote_address not in LOOPBACK:
        return as_json({"error": "loopback only"}, 403)
    if request.method == "GET":
        return as_json({"received": [asdict(each) for each in issuer.received]})
    if request.headers.get("content-type") != "application/json":
        return as_json({"error": "application/json only"}, 415)
    try:
        return as_json(_obey(issuer, json.loads(request.body)))
    except (UnknownFault, TypeError, ValueError) as misunderstood:
        return as_json({"error": str(misunderstood)}, 400)


def _obey(issuer: Issuer, order: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(order) - {"faults", "logins", "rotate_keys", "forget_received"}:
        raise UnknownFault(f"unknown order: {', '.join(sorted(unknown))}")
    if "faults" in order:
        issuer.misbehave(
            Faults.read(order["faults"] or {}) if order["faults"] else HONEST, logins=order.get("logins")
        )
    if "rotate_keys" in order:
        issuer.keys.rotate(keep_published=order["rotate_keys"] == "keep")
    if order.get("forget_received"):
        issuer.received.clear()
    return {"honest": issuer.faults == HONEST, "keys": [key["kid"] for key in issuer.keys.jwks()["keys"]]}


PAGES: dict[str, View] = {"/": home, "/control": control}
ENDPOINTS: dict[str, tuple[Endpoint, tuple[str, ...], View]] = {
    "/.well-known/openid-configuration": ("discovery", ("GET",), discovery),
    "/jwks": ("jwks", ("GET",), jwks),
    "/authorize": ("authorize", ("GET", "POST"), authorize),
    "/sign-in": ("authorize", ("POST",), sign_in),
    "/token": ("token", ("POST",), token),
    "/userinfo": ("userinfo", ("GET", "POST"), userinfo),
    "/session/end": ("end_session", ("GET", "POST"), end_session),
}
