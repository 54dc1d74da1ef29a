"""Where journeys are kept between two requests: one record and one cookie each, so that tabs never meet.

A journey opened by a link in another browser finds no cookie there, and is refused (S-060, S-155, S-156).
"""

import secrets
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from federation.errors import FederationError
from federation.journey.journey import VERSION, Journey, fingerprint
from proconnect.kernel.error_page import Refused
from proconnect.platform import one_time

KIND = "journey"
MOST_COOKIES = 12  # a browser that leaves more journeys unfinished forgets the others


def keep(journey: Journey) -> Journey:
    one_time.put(KIND, str(journey.id), journey.to_json(), settings.ENV.journey_lifetime)
    return journey


def find(request: HttpRequest, journey_id: UUID) -> Journey:
    """Raises Refused(SESSION_ABSENT) when it is over, too old, or another browser's."""
    kept = one_time.read(KIND, str(journey_id))
    if not kept or kept["version"] != VERSION:
        raise Refused(FederationError.SESSION_ABSENT)
    journey = Journey.from_json(kept)
    cookie = request.COOKIES.get(_cookie(journey_id), "")
    if not secrets.compare_digest(fingerprint(cookie), journey.browser):
        raise Refused(FederationError.SESSION_ABSENT, client_id=journey.asked.client_id)
    return journey


def finish(journey: Journey) -> None:
    """Raises Refused(ANSWER_ALREADY_USED) when another request finished it first: one journey, one answer."""
    if one_time.take(KIND, str(journey.id)) is None:
        raise Refused(FederationError.ANSWER_ALREADY_USED)


def discard(journey: Journey) -> None:
    """Whether it was finished or not."""
    one_time.forget(KIND, str(journey.id))


def bind(request: HttpRequest, response: HttpResponseBase, journey: Journey, secret: str) -> None:
    """Leave the journey's cookie in the browser, and forget the oldest of too many."""
    response.set_cookie(
        _cookie(journey.id),
        secret,
        max_age=settings.ENV.journey_lifetime,
        secure=settings.ENV.is_https,
        httponly=True,
        samesite="Lax",
    )
    others = [name for name in request.COOKIES if name.startswith(settings.JOURNEY_COOKIE_NAME)]
    for name in others[: len(others) + 1 - MOST_COOKIES]:
        _forget(response, name)


def unbind(response: HttpResponseBase, journey: Journey) -> None:
    _forget(response, _cookie(journey.id))


def _forget(response: HttpResponseBase, name: str) -> None:
    response.set_cookie(name, "", max_age=0, secure=settings.ENV.is_https, httponly=True, samesite="Lax")


def _cookie(journey_id: UUID) -> str:
    return f"{settings.JOURNEY_COOKIE_NAME}-{journey_id.hex[:12]}"
