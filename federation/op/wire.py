"""How the endpoints that a FS calls directly read and answer: forms in, JSON out, never cached, never a page."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse

from federation.op.request import NOT_TEXT
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform.availability import OUTAGES, RETRY_AFTER, forget_dead_connections

View = Callable[[HttpRequest], HttpResponse]
Form = Mapping[str, str]

FORM_TYPE = "application/x-www-form-urlencoded"
LONGEST = 8192  # characters, of one parameter
MOST_FIELDS = 100
NEVER_CACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 5.1


class OAuthError(Exception):
    """An error the FS is told in JSON (RFC 6749 5.2). What caused it is for the trace alone."""

    client_id: str | None = None  # for the trace: who called, as far as we know

    def __init__(
        self, error: str, description: str, *, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.headers = headers or {}


def endpoint(*methods: str) -> Callable[[View], View]:
    """What goes wrong in this view, an outage included, is told in JSON, and leaves a trace."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method not in methods:
                return _refuse(view, _wrong_method(methods))
            try:
                return view(request)
            except OAuthError as error:
                return _refuse(view, error)
            except OUTAGES as outage:
                forget_dead_connections()
                return _refuse(view, _outage(), outage)

        return guarded

    return decorate


def answer(content: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    return HttpResponse(
        json.dumps(content, ensure_ascii=False),
        status=status,
        content_type="application/json",
        headers=NEVER_CACHED,
    )


def _refuse(view: View, error: OAuthError, outage: Exception | None = None) -> HttpResponse:
    record(
        Trace.FS_REFUSED_TOKENS,
        endpoint=view.__name__,
        client_id=error.client_id,
        error=error.error,
        reason=type(outage).__name__ if outage else error.__cause__ or error.description,
    )
    return refuse(error)


def refuse(error: OAuthError) -> HttpResponse:
    response = answer({"error": error.error, "error_description": error.description}, status=error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response


def read_form(request: HttpRequest) -> Form:
    """The parameters of the body, each given once (RFC 6749 3.2). Raises OAuthError.

    Secrets and tokens never travel in a URL (RFC 6749 2.3.1).
    """
    if request.META.get("QUERY_STRING"):
        raise OAuthError("invalid_request", "parameters belong in the body, not in the URL")
    if request.content_type != FORM_TYPE:
        raise OAuthError("invalid_request", f"the body must be {FORM_TYPE}")
    try:
        sent = parse_qsl(
            request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise OAuthError("invalid_request", "the body is not a form in UTF-8") from None
    form = dict(sent)
    if len(form) < len(sent):
        raise OAuthError("invalid_request", "a parameter is given more than once")
    if any(len(value) > LONGEST or NOT_TEXT.search(value) for value in form.values()):
        raise OAuthError("invalid_request", "a parameter is too long, or holds control characters")
    return form


def required(form: Form, name: str) -> str:
    """Raises OAuthError."""
    if not form.get(name):
        raise OAuthError("invalid_request", f"{name} is missing")
    return form[name]


def _wrong_method(methods: tuple[str, ...]) -> OAuthError:
    allowed = ", ".join(methods)
    return OAuthError(
        "invalid_request", f"the method must be {allowed}", status=405, headers={"Allow": allowed}
    )


def _outage() -> OAuthError:
    return OAuthError(
        "temporarily_unavailable", "try again soon", status=503, headers={"Retry-After": str(RETRY_AFTER)}
    )
