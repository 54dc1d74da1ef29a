"""Answering before Django's handler: what an address does not use, it does not pay for."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Lines = Iterable[tuple[str, str]]


def answered(
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    respond: Callable[[HttpRequest], HttpResponseBase],
    *,
    otherwise: Lines = (),
) -> Iterable[bytes]:
    """``otherwise``: headers of every answer, where this one has not its own. Connections are looked at, and those of
    a pool go back to it, as Django would."""
    _look_at_connections()
    try:
        response = respond(WSGIRequest(environ))
    finally:
        if settings.ENV.database_pool_size:
            _look_at_connections()
    assert isinstance(response, HttpResponse)
    lines = [
        *response.items(),
        *(line for line in otherwise if line[0] not in response.headers),
        *(("Set-Cookie", morsel.output(header="").lstrip()) for morsel in response.cookies.values()),
    ]
    if "Content-Length" not in response.headers:
        lines.append(("Content-Length", str(len(response.content))))
    start_response(f"{response.status_code} {response.reason_phrase}", lines)
    return [response.content] if environ["REQUEST_METHOD"] != "HEAD" else []


def _look_at_connections() -> None:
    for used in connections.all(initialized_only=True):
        used.close_if_unusable_or_obsolete()
