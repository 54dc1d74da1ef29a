"""The short way to the endpoints that FS call directly: no session, no CSRF token, no language, no cookie."""

from collections.abc import Callable, Mapping
from functools import cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from federation.op import urls
from federation.op.wire import View


class ProtocolFront:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        endpoint = _endpoints().get(request.path)
        if endpoint is None:
            return self.get_response(request)
        request.get_host()  # raises DisallowedHost
        return endpoint(request)


@cache
def _endpoints() -> Mapping[str, View]:
    return {reverse(f"federation:{route.name}"): route.callback for route in urls.urlpatterns}
