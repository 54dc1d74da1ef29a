"""Gives each request the identifiers that follow it in every line, and writes one line about it."""

import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from proconnect.kernel.traces import request_facts
from proconnect.observability.client_address import client_ip

log = structlog.get_logger("request")

_well_formed = re.compile(r"[A-Za-z0-9._-]{8,64}")
PROBES = ("/livez", "/readyz")


class RequestTraceMiddleware:
    """Outermost: whatever answers, the request has its ``trace_id`` and its line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        trace_id = str(uuid4())
        request.trace_id = trace_id  # type: ignore[attr-defined]  # shown on error pages
        facts = {
            "trace_id": trace_id,
            "request_id": request_id(request) or trace_id,
            "ip": client_ip(request),
            "method": request.method or "",
            "path": request.path,
        }
        before = request_facts.set(facts)
        began = perf_counter()
        try:
            response = self.get_response(request)
            write = log.debug if request.path.startswith(PROBES) else log.info
            write(
                "request",
                status=response.status_code,
                ms=round((perf_counter() - began) * 1000, 1),
                user_agent=request.META.get("HTTP_USER_AGENT", "")[:200],
            )
            return response
        finally:
            request_facts.reset(before)


def request_id(request: HttpRequest) -> str | None:
    """The caller's X-Request-Id, when it is one."""
    claimed = request.META.get("HTTP_X_REQUEST_ID", "")
    return claimed if _well_formed.fullmatch(claimed) else None
