"""Turns Refused, wherever raised, into the one error page, its HTTP status and its trace."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from proconnect.kernel.error_page import Contact, ErrorPage, Refused, WayOut
from proconnect.kernel.traces import KernelTrace, record

REASONS = ("problem", "claim", "domain")  # the facts that say why without saying who
LONGEST = 200  # characters, in a trace, of what may be a stranger's words


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except Refused as refused:
            return show(request, refused)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return show(request, exception) if isinstance(exception, Refused) else None


def show(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The page, and its line. The app that knows the passage leaves ``journey_id`` and ``client_id`` on the request;
    a refusal that comes before brings its own ``client_id``."""
    record(
        KernelTrace.REFUSED,
        journey_id=getattr(request, "journey_id", None),
        client_id=_client_id(request, refused),
        code=refused.page.code,
        error=refused.error.name,
        reason=_reason(refused),
        trace_id=trace_id(request),
    )
    return _page(request, refused.page, refused.facts)


def _client_id(request: HttpRequest, refused: Refused) -> str | None:
    known = refused.facts.get("client_id") or getattr(request, "client_id", None)
    return str(known)[:LONGEST] if known else None


def _reason(refused: Refused) -> str:
    detail = [str(refused.facts[name]) for name in REASONS if refused.facts.get(name)]
    return ", ".join(detail)[:LONGEST] or refused.error.name


def _page(request: HttpRequest, page: ErrorPage, facts: Mapping[str, object]) -> HttpResponse:
    way_out = _way_out(request, page)
    context = {
        "error": {
            "code": page.code,
            "title": _(page.title),
            "text": _(page.text).format(**facts),
            "who": page.contact.value,
            "help_url": _help_url(page),
        },
        "trace_id": trace_id(request),
        "at": datetime.now(UTC),
        "action_url": way_out.url if way_out else "",
        "action_label": _("Revenir à {place}").format(place=way_out.place) if way_out else "",
        "contact_href": _contact_href(request, page, way_out),
        "contact_email": _recipient(page, way_out),
    }
    return render(request, "error.html", context, status=page.status)


def trace_id(request: HttpRequest) -> str:
    return str(getattr(request, "trace_id", ""))


def _help_url(page: ErrorPage) -> str:
    published = settings.ENV.documentation_url
    return f"{published}/erreurs/{page.code}" if published else ""


def _way_out(request: HttpRequest, page: ErrorPage) -> WayOut | None:
    offered: Callable[[ErrorPage], WayOut] | None = getattr(request, "way_out", None)
    return offered(page) if offered else None


def _recipient(page: ErrorPage, way_out: WayOut | None) -> str:
    """Quoted: what a partner gave as an address adds nothing to the mail."""
    theirs = way_out.contact_email if way_out and page.contact is not Contact.SUPPORT else ""
    return quote(theirs or settings.ENV.support_email, safe="@+")


def _contact_href(request: HttpRequest, page: ErrorPage, way_out: WayOut | None) -> str:
    """A prefilled mail to whoever can mend it; empty when the person alone can."""
    if page.contact is Contact.NOBODY:
        return ""
    recipient = _recipient(page, way_out)
    lines = [f"Code : {page.code}", f"Identifiant : {trace_id(request)}"]
    lines += [f"{name} : {value}" for name, value in (way_out.facts.items() if way_out else ())]
    subject = quote(f"ProConnect, erreur {page.code}")
    body = quote("\n".join(lines))
    return f"mailto:{recipient}?subject={subject}&body={body}"
