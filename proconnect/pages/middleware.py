"""A page where Django answers a person with nothing."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from proconnect.kernel.error_page import Refused
from proconnect.kernel.middleware import show
from proconnect.pages.errors import SiteError


class WrongMethodMiddleware:
    """A form's address typed or reloaded (405). Machines, which do not ask for HTML, keep the bare answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 405 or "text/html" not in request.headers.get("Accept", ""):
            return response
        page = show(request, Refused(SiteError.WRONG_METHOD))
        page["Allow"] = response.headers.get("Allow", "")
        return page
