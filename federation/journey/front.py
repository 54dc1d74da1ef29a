"""The short way to authorize: its own session alone, of all that the site's pages have around them.

Forms, accounts of the team, messages and languages have no part in it; the pages it leads to pass by Django's handler.
"""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from federation.journey import views
from proconnect.kernel.error_page import Refused
from proconnect.kernel.middleware import show
from proconnect.observability.middleware import RequestTraceMiddleware
from proconnect.platform.availability import OUTAGES, outage_page
from proconnect.platform.headers import (
    GetResponse,
    RequestLimitsMiddleware,
    completed,
    lines_of_an_answer_without_page,
)
from proconnect.platform.sessions import AreaSessionMiddleware
from proconnect.platform.short_way import answered, refuse_another_host

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


REDIRECT = 303


class AuthorizeFront:
    def __init__(self, site: "WSGIApplication") -> None:
        self._site = site
        with_session = convert_exception_to_response(AreaSessionMiddleware(authorize))
        limited = RequestLimitsMiddleware(cast(GetResponse, with_session))

        def respond(request: HttpRequest) -> HttpResponseBase:
            response = limited(request)
            return response if response.status_code == REDIRECT else completed(response, request)

        self._respond = RequestTraceMiddleware(respond)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or environ["PATH_INFO"] != _path():
            return self._site(environ, start_response)
        of_redirects = lines_of_an_answer_without_page(_path(), https=settings.ENV.is_https)
        return answered(environ, start_response, self._respond, otherwise=of_redirects)


def authorize(request: HttpRequest) -> HttpResponse:
    refuse_another_host(request)
    request.user = AnonymousUser()  # for the templates of error pages
    try:
        return views.authorize_with(request, _parameters(request))
    except Refused as refused:
        return show(request, refused)
    except OUTAGES as outage:
        return outage_page(request, outage)


def _parameters(request: HttpRequest) -> list[tuple[str, str]]:
    """As ``request.GET`` reads them, without making one; what is out of the ordinary is left to it."""
    query = request.META.get("QUERY_STRING", "")
    if query.isascii() and query.count("&") < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        return parse_qsl(query, keep_blank_values=True)
    return views.parameters_in(request.GET)


@cache
def _path() -> str:
    return reverse("federation:authorize")
