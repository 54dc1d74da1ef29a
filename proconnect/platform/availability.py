"""When PostgreSQL or Redis does not answer: one French page, 503, and no restart needed once it is back."""

import sys
from collections.abc import Callable

import redis
import structlog
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from proconnect.kernel.error_page import Refused
from proconnect.kernel.middleware import show
from proconnect.platform.errors import PlatformError
from proconnect.platform.redis_store import StoreUnavailable

# What a store raises when it is stopped, too slow, full, or has no connection left.
OUTAGES = (OperationalError, InterfaceError, StoreUnavailable, redis.RedisError)

RETRY_AFTER = 5  # seconds

log = structlog.get_logger("availability")


class AvailabilityMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return outage_page(request, exception) if isinstance(exception, OUTAGES) else None


def page_of_current_exception(request: HttpRequest) -> HttpResponse | None:
    """For ``handler500``: what a middleware raises never reaches ``process_exception``."""
    match sys.exception():
        case Refused() as refused:
            return show(request, refused)
        case Exception() as exception if isinstance(exception, OUTAGES):
            return outage_page(request, exception)
    return None


def outage_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    log.error("outage", error=type(exception).__name__, cause=type(exception.__cause__).__name__)
    forget_dead_connections()
    request.user = AnonymousUser()  # the page must ask nothing of a store that is down
    response = show(request, Refused(PlatformError.UNAVAILABLE, problem=type(exception).__name__))
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def forget_dead_connections() -> None:
    """So that the request after the recovery, not one per pooled connection later, is served."""
    pool = getattr(connection, "pool", None)
    if pool is not None and not pool.closed:
        pool.check()
