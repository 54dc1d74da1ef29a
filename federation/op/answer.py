"""The answer of authorize, carried by the browser to the FS's redirect URI (RFC 6749 4.1.2, RFC 9207)."""

import re
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.encoding import iri_to_uri

from federation.op.request import ReturnAddress

NOT_IN_A_DESCRIPTION = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")  # RFC 6749 4.1.2.1


def answer_code(to: ReturnAddress, code: str) -> HttpResponse:
    return _answer(to, {"code": code})


def answer_error(to: ReturnAddress, error: str, description: str) -> HttpResponse:
    return _answer(to, _error(error, description))


def error_url(to: ReturnAddress, error: str, description: str) -> str:
    """The same error behind a link, for a person who gives up on a page of ours: always by query."""
    return _url(to, _error(error, description))


def _answer(to: ReturnAddress, words: dict[str, str]) -> HttpResponse:
    response = _form(to, words) if to.response_mode == "form_post" else _redirect(to, words)
    response["Cache-Control"] = "no-store"
    return response


def _redirect(to: ReturnAddress, words: dict[str, str]) -> HttpResponse:
    """303, so that no browser posts again what a person has just typed (RFC 9700 4.12)."""
    return HttpResponse(status=303, headers={"Location": _url(to, words)})


def _form(to: ReturnAddress, words: dict[str, str]) -> HttpResponse:
    """OAuth 2.0 Form Post Response Mode. The form sends itself; without script, the person presses its button."""
    context = {"redirect_uri": to.redirect_uri, "words": _complete(to, words)}
    return HttpResponse(render_to_string("federation/form_post.html", context))


def _url(to: ReturnAddress, words: dict[str, str]) -> str:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in _complete(to, words).items())
    return f"{iri_to_uri(to.redirect_uri)}{'&' if '?' in to.redirect_uri else '?'}{query}"


def _complete(to: ReturnAddress, words: dict[str, str]) -> dict[str, str]:
    state = {"state": to.state} if to.state else {}
    return {**words, **state, "iss": settings.ENV.issuer}


def _error(error: str, description: str) -> dict[str, str]:
    told = NOT_IN_A_DESCRIPTION.sub("", description)
    return {"error": error, "error_description": told} if told else {"error": error}
