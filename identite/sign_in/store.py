"""Where passages are kept between two requests: one record and one cookie each, so that tabs never meet.

One opened by a link in another browser finds no cookie there, and is refused (S-155, S-156).
"""

import secrets
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from identite.errors import IdentiteError
from identite.sign_in.sign_in import VERSION, SignIn, fingerprint
from proconnect.kernel.error_page import Refused
from proconnect.platform import one_time

KIND = "identite.sign-in"
MOST_COOKIES = 8  # a browser that leaves more passages unfinished forgets the others


def keep(sign_in: SignIn) -> SignIn:
    one_time.put(KIND, str(sign_in.id), sign_in.to_json(), settings.ENV.journey_lifetime)
    return sign_in


def find(request: HttpRequest, sign_in_id: UUID) -> SignIn:
    """Raises Refused(SIGN_IN_ABSENT) when it is over, too old, or another browser's."""
    kept = one_time.read(KIND, str(sign_in_id))
    if not kept or kept["version"] != VERSION:
        raise Refused(IdentiteError.SIGN_IN_ABSENT)
    sign_in = SignIn.from_json(kept)
    if not secrets.compare_digest(fingerprint(request.COOKIES.get(_cookie(sign_in), "")), sign_in.browser):
        raise Refused(IdentiteError.SIGN_IN_ABSENT)
    return sign_in


def finish(sign_in: SignIn) -> None:
    """Raises Refused(SIGN_IN_ABSENT) when another request finished it first: one passage, one answer."""
    if one_time.take(KIND, str(sign_in.id)) is None:
        raise Refused(IdentiteError.SIGN_IN_ABSENT)


def bind(request: HttpRequest, response: HttpResponseBase, sign_in: SignIn, secret: str) -> None:
    """Leave its cookie in the browser, and forget the oldest of too many."""
    _set(response, _cookie(sign_in), secret)
    others = [name for name in request.COOKIES if name.startswith(settings.SIGN_IN_COOKIE_NAME)]
    for name in others[: len(others) + 1 - MOST_COOKIES]:
        _set(response, name, "")


def unbind(response: HttpResponseBase, sign_in: SignIn) -> None:
    _set(response, _cookie(sign_in), "")


def _set(response: HttpResponseBase, name: str, secret: str) -> None:
    response.set_cookie(
        name,
        secret,
        max_age=settings.ENV.journey_lifetime if secret else 0,
        secure=settings.ENV.is_https,
        httponly=True,
        samesite="Lax",
    )


def _cookie(sign_in: SignIn) -> str:
    return f"{settings.SIGN_IN_COOKIE_NAME}-{sign_in.id.hex[:12]}"
