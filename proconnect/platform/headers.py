"""What every answer tells the browser (S-023, S-026, S-158), and how large a request may be (S-174)."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from proconnect.kernel.error_page import Refused
from proconnect.kernel.middleware import show
from proconnect.platform.errors import PlatformError

GetResponse = Callable[[HttpRequest], HttpResponseBase]

MAX_BODY = 1024 * 1024  # bytes
MAX_URL = 8000  # bytes, path and query; the server itself stops at 8190 for the whole first line
MAX_HEADERS = 16 * 1024  # bytes, names and values

PATHS_OF_A_TRIP = ("/api/v2/", "/identite/")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action {form_targets}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), "
    "fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "picture-in-picture=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=(), "
    "clipboard-write=(self), publickey-credentials-create=(self), publickey-credentials-get=(self)"
)


class SecurityHeadersMiddleware:
    """Sets what the view has not set. Stands outside all others, so that no answer escapes it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return completed(self.get_response(request), request)


def completed(response: HttpResponseBase, request: HttpRequest) -> HttpResponseBase:
    """With the headers of every answer that it has not set itself."""
    is_https = settings.ENV.is_https
    for name, value in headers_of_every_answer(https=is_https).items():
        response.headers.setdefault(name, value)
    policy = content_security_policy(request.path, https=is_https)
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Referrer-Policy", referrer_policy(response))
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@cache
def lines_of_an_answer_without_page(path: str, *, https: bool) -> tuple[tuple[str, str], ...]:
    """All of the above, for an answer that holds no form of ours."""
    return (
        *headers_of_every_answer(https=https).items(),
        ("Content-Security-Policy", content_security_policy(path, https=https)),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    )


@cache
def headers_of_every_answer(*, https: bool) -> Mapping[str, str]:
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return MappingProxyType(headers)


def content_security_policy(path: str, *, https: bool) -> str:
    return CONTENT_SECURITY_POLICY.format(form_targets=form_targets(path, https=https))


def form_targets(path: str, *, https: bool) -> str:
    """Browsers apply form-action to the redirects that follow a form, and a trip ends at any FS or FI."""
    if not path.startswith(PATHS_OF_A_TRIP):
        return "'self'"
    return "'self' https:" if https else "'self' https: http://localhost:*"


def referrer_policy(response: HttpResponseBase) -> str:
    """Nothing leaves the site either way. A page with a form of ours needs more than ``no-referrer``, under which
    browsers post ``Origin: null`` (Fetch, "append a request Origin header") and Django refuses the form."""
    holds_our_form = isinstance(response, HttpResponse) and b"csrfmiddlewaretoken" in response.content
    return "same-origin" if holds_our_form else "no-referrer"


class RequestLimitsMiddleware:
    """Refuses what is too large before anything reads it. The number of fields is Django's own setting."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        excess = what_is_too_large(request)
        return show(request, Refused(excess)) if excess else self.get_response(request)


def what_is_too_large(request: HttpRequest) -> PlatformError | None:
    if len(request.get_full_path().encode()) > MAX_URL:
        return PlatformError.URL_TOO_LONG
    if (
        sum(len(name) + len(value) for name, value in request.META.items() if name[:5] == "HTTP_")
        > MAX_HEADERS
    ):
        return PlatformError.HEADERS_TOO_LARGE
    if announced_length(request) > MAX_BODY:
        return PlatformError.BODY_TOO_LARGE
    return None


def announced_length(request: HttpRequest) -> int:
    """Zero when absent or unreadable: Django then reads no body at all."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
