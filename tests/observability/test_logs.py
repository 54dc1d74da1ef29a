import json
import logging
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import structlog
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from proconnect.kernel.error_page import Refused
from proconnect.observability import logs
from proconnect.platform.errors import PlatformError

Lines = Callable[[], list[dict[str, Any]]]


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.trace_id)  # type: ignore[attr-defined]


def crash(request: HttpRequest) -> HttpResponse:
    code = request.GET["code"]
    raise RuntimeError(f"no row for code={code}")


def refuse(request: HttpRequest) -> HttpResponse:
    raise Refused(PlatformError.TOO_MANY, wait="une minute")


urlpatterns = [
    path("page", page),
    path("crash", crash),
    path("refuse", refuse),
    path("", include("proconnect.pages.urls")),
]
handler404 = "proconnect.pages.views.not_found"
handler500 = "proconnect.pages.views.server_error"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def these_middlewares(settings: Settings) -> None:
    settings.MIDDLEWARE = (
        "proconnect.observability.middleware.RequestTraceMiddleware",
        "proconnect.kernel.middleware.RefusalMiddleware",
    )


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was written since the test began, each line being JSON or the test fails."""
    logs.configure({"level": "DEBUG"})
    (to_stdout,) = (each for each in logging.getLogger().handlers if type(each) is logs.Output)
    assert to_stdout.stream is sys.stdout
    to_stdout.setStream(written := StringIO())

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in written.getvalue().splitlines()]

    yield read
    logs.configure(django_settings.LOGGING)


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def test_each_request_has_one_line_without_its_query(visitor: Client, lines: Lines) -> None:
    visitor.get("/page?login_hint=agent@interieur.gouv.fr&state=secret", headers={"User-Agent": "Firefox"})
    (line,) = lines()
    assert UUID(line["trace_id"])
    assert line["at"].endswith("Z")
    assert {
        name: line[name] for name in ("event", "level", "method", "path", "status", "ip", "user_agent")
    } == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "path": "/page",
        "status": 200,
        "ip": "127.0.0.1",
        "user_agent": "Firefox",
    }
    assert "interieur" not in json.dumps(line)


def test_the_trace_id_is_the_one_the_page_shows(visitor: Client, lines: Lines) -> None:
    shown = visitor.get("/page").content.decode()
    assert lines()[0]["trace_id"] == shown


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("4bf92f3577b34da6", True),
        ("a.b_c-d-0123", True),
        ("short", False),
        ("x" * 65, False),
        ("line\\nbreak", False),
        ('"}{"event": "forged', False),
        ("été-été-été", False),
    ],
)
def test_the_identifier_of_a_caller_is_kept_when_it_is_one(
    visitor: Client, lines: Lines, claimed: str, kept: bool
) -> None:
    visitor.get("/page", headers={"X-Request-Id": claimed})
    (line,) = lines()
    assert (line["request_id"] == claimed) is kept
    assert (line["request_id"] == line["trace_id"]) is not kept


def test_s169_a_crash_is_a_page_without_traceback_and_a_line_with_one(visitor: Client, lines: Lines) -> None:
    response = visitor.get("/crash?code=1234567890")
    written = lines()
    crash_line = next(line for line in written if line["level"] == "error")
    assert response.status_code == 500
    assert crash_line["trace_id"] in response.content.decode()
    assert "RuntimeError" in crash_line["exception"]
    for trait in ("RuntimeError", "Traceback", ".py"):
        assert trait not in response.content.decode()


def test_s167_what_a_crash_quotes_is_masked(visitor: Client, lines: Lines) -> None:
    visitor.get("/crash?code=1234567890")
    assert "1234567890" not in json.dumps(lines())


def test_a_refusal_is_written_with_its_code(visitor: Client, lines: Lines, db: None) -> None:
    assert visitor.get("/refuse").status_code == 429


def test_a_library_writes_json_too(lines: Lines) -> None:
    logging.getLogger("some.library").warning("sent %s to %s", "Bearer abcdef", "fi.gouv.fr")
    (line,) = lines()
    assert (line["event"], line["logger"], line["level"]) == (
        "sent Bearer [masked] to fi.gouv.fr",
        "some.library",
        "warning",
    )


def test_two_requests_do_not_share_their_identifiers(visitor: Client, lines: Lines) -> None:
    visitor.get("/page")
    structlog.get_logger("between").info("between_requests")
    visitor.get("/page")
    first, between, second = lines()
    assert first["trace_id"] != second["trace_id"]
    assert "trace_id" not in between


def test_a_line_break_cannot_forge_a_line(visitor: Client, lines: Lines) -> None:
    visitor.get("/page", headers={"User-Agent": 'x\n{"event": "forged"}'})
    assert len(lines()) == 1
