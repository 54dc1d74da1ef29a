"""One form token per area of the site: signing in at one, which draws a new token, expires no form of another (S-155)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from proconnect.platform.sessions import area_of


class AreaCsrfCookieMiddleware:
    """Stands just outside Django's own, which knows one cookie: gives it this area's, and keeps its answer there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookie = area_of(request.path_info).csrf_cookie
        if cookie == settings.CSRF_COOKIE_NAME:
            return self.get_response(request)
        kept = request.COOKIES.get(cookie)
        request.COOKIES.pop(settings.CSRF_COOKIE_NAME, None)
        if kept:
            request.COOKIES[settings.CSRF_COOKIE_NAME] = kept
        response = self.get_response(request)
        if drawn := response.cookies.pop(settings.CSRF_COOKIE_NAME, None):
            response.set_cookie(
                cookie, drawn.value, secure=settings.CSRF_COOKIE_SECURE, httponly=True, samesite="Lax"
            )
        return response
