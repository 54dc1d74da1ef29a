"""Home, the pages every footer links to, and what is shown when Django itself gives up."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from proconnect.kernel.error_page import Refused, WayOut
from proconnect.kernel.middleware import show
from proconnect.pages.errors import SiteError
from proconnect.platform.availability import page_of_current_exception

home = TemplateView.as_view(template_name="pages/home.html")
accessibility = TemplateView.as_view(template_name="pages/accessibility.html")
legal_notice = TemplateView.as_view(template_name="pages/legal_notice.html")
personal_data = TemplateView.as_view(template_name="pages/personal_data.html")
site_map = TemplateView.as_view(template_name="pages/site_map.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _fail(request, SiteError.UNREADABLE)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _fail(request, SiteError.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _fail(request, SiteError.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return page_of_current_exception(request) or _fail(request, SiteError.UNEXPECTED)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF refusal; ``reason`` is for the trace and tells the person nothing.

    The page that held the form is one click away, with a new token: what went on there goes on.
    """
    if page := _our_page_left(request):
        back = WayOut(url=page, place=_("la page précédente"))
        request.way_out = lambda error: back  # type: ignore[attr-defined]
    return _fail(request, SiteError.FORM_EXPIRED, reason)


def _fail(request: HttpRequest, error: SiteError, reason: str = "") -> HttpResponse:
    return show(request, Refused(error, problem=reason))


def _our_page_left(request: HttpRequest) -> str:
    """Its whole address, when the browser came from a page of this site."""
    left = request.headers.get("Referer", "")
    return left if left.startswith(f"{settings.ENV.site_url}/") else ""
