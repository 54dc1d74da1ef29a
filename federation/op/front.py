"""The short way to the endpoints that FS call directly: no session, no CSRF token, no language, no cookie."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from federation.op import urls
from federation.op.wire import View
from proconnect.observability.middleware import RequestTraceMiddleware
from proconnect.platform.headers import GetResponse, RequestLimitsMiddleware, lines_of_an_answer_without_page
from proconnect.platform.short_way import answered, refuse_another_host

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ProtocolFront:
    """Where the request came through the site's own middlewares (tests, ``runserver``)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        endpoint = _endpoints().get(request.path)
        if endpoint is None:
            return self.get_response(request)
        refuse_another_host(request)
        return endpoint(request)


class ShortWay:
    """The same before Django's handler, for a server: what these endpoints do not use, they do not pay for.

    They keep their line in the journal, their limits and their headers. What the site has of more, they have no need
    of: its own pages, files, signals of a request's life.
    """

    def __init__(self, site: "WSGIApplication") -> None:
        self._site = site
        answered = convert_exception_to_response(ProtocolFront(_nothing_else))
        self._respond = RequestTraceMiddleware(RequestLimitsMiddleware(cast(GetResponse, answered)))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] not in _endpoints():
            return self._site(environ, start_response)
        of_all = lines_of_an_answer_without_page(environ["PATH_INFO"], https=settings.ENV.is_https)
        return answered(environ, start_response, self._respond, otherwise=of_all)


def _nothing_else(request: HttpRequest) -> HttpResponseBase:
    raise Http404


@cache
def _endpoints() -> Mapping[str, View]:
    return {reverse(f"federation:{route.name}"): route.callback for route in urls.urlpatterns}
