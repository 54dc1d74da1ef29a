"""Answering before Django's handler: what an address does not use, it does not pay for."""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@cache
def site() -> "WSGIApplication":
    """The whole site of this process, its short ways before it. Opens no connection."""
    application = get_wsgi_application()
    for front in settings.WSGI_FRONTS:
        application = import_string(front)(application)
    return application


Lines = tuple[tuple[str, str], ...]


def answered(
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    respond: Callable[[HttpRequest], HttpResponseBase],
    *,
    otherwise: Lines = (),
) -> Iterable[bytes]:
    """``otherwise``: headers of every answer, where this one has not its own. Connections of a pool go back to it."""
    try:
        response = respond(WSGIRequest(environ))
    finally:
        if settings.ENV.database_pool_size:
            for used in connections.all(initialized_only=True):
                used.close_if_unusable_or_obsolete()
    assert isinstance(response, HttpResponse)
    lines = [
        *response.items(),
        *_lacking(otherwise, tuple(response.headers)),
        *(("Set-Cookie", morsel.output(header="").lstrip()) for morsel in response.cookies.values()),
    ]
    if "Content-Length" not in response.headers:
        lines.append(("Content-Length", str(len(response.content))))
    start_response(f"{response.status_code} {response.reason_phrase}", lines)
    return [response.content] if environ["REQUEST_METHOD"] != "HEAD" else []


@lru_cache(64)  # answers of one endpoint look alike
def _lacking(lines: Lines, names: tuple[str, ...]) -> Lines:
    there = {name.lower() for name in names}
    return tuple(line for line in lines if line[0].lower() not in there)


def refuse_another_host(request: HttpRequest) -> None:
    """Raises DisallowedHost."""
    if request.META.get("HTTP_HOST") not in settings.ALLOWED_HOSTS:  # almost always there to the letter
        request.get_host()
