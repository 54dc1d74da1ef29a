"""The short way to authorize: its own session alone, of all that the site's pages have around them.

Forms, accounts of the team, messages and languages have no part in it; the pages it leads to pass by Django's handler.
"""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import AnonymousUser
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from federation.journey import views
from proconnect.kernel.error_page import Refused
from proconnect.kernel.middleware import show
from proconnect.observability.middleware import RequestTraceMiddleware
from proconnect.platform.availability import OUTAGES, outage_page
from proconnect.platform.headers import GetResponse, RequestLimitsMiddleware, SecurityHeadersMiddleware
from proconnect.platform.sessions import AreaSessionMiddleware
from proconnect.platform.short_way import answered

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class AuthorizeFront:
    def __init__(self, site: "WSGIApplication") -> None:
        self._site = site
        with_session = convert_exception_to_response(AreaSessionMiddleware(authorize))
        limited = RequestLimitsMiddleware(cast(GetResponse, with_session))
        self._respond = RequestTraceMiddleware(SecurityHeadersMiddleware(limited))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or environ["PATH_INFO"] != _path():
            return self._site(environ, start_response)
        return answered(environ, start_response, self._respond)


def authorize(request: HttpRequest) -> HttpResponse:
    request.get_host()  # raises DisallowedHost
    request.user = AnonymousUser()  # for the templates of error pages
    try:
        return views.authorize(request)
    except Refused as refused:
        return show(request, refused)
    except OUTAGES as outage:
        return outage_page(request, outage)


@cache
def _path() -> str:
    return reverse("federation:authorize")
