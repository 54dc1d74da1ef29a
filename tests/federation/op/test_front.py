"""The endpoints that FS call, answered before Django's handler: nothing of what every answer owes is lost on the way."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory

from federation.op.front import ShortWay
from proconnect.platform.headers import headers_of_every_answer

pytestmark = pytest.mark.django_db


class Answered:
    def __init__(self, **environ: Any) -> None:
        self.reached_the_site = False
        self.status, self.headers = 0, dict[str, str]()
        asked = RequestFactory().generic(environ.pop("method", "GET"), environ.pop("path"), **environ)
        self.content = b"".join(ShortWay(self._site)(asked.environ, self._begin))

    def _begin(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        self.status, self.headers = int(status.split(maxsplit=1)[0]), dict(headers)
        assert len(self.headers) == len(headers)

    def _site(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        self.reached_the_site = True
        yield b""


def test_keys_are_answered_with_every_header_and_their_length() -> None:
    answered = Answered(path="/api/v2/jwks")
    assert answered.status == 200 and not answered.reached_the_site
    assert headers_of_every_answer(https=False).items() <= answered.headers.items()
    assert answered.headers["Content-Length"] == str(len(answered.content))
    assert answered.headers["Cache-Control"] == "public, max-age=600"  # its own, not ours
    assert "default-src 'none'" in answered.headers["Content-Security-Policy"]


def test_a_head_has_headers_alone() -> None:
    answered = Answered(path="/api/v2/jwks", method="HEAD")
    assert (answered.status, answered.content) == (200, b"")
    assert int(answered.headers["Content-Length"]) > 0


def test_each_request_has_its_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Answered(path="/api/v2/jwks")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "request"]
    assert '"path": "/api/v2/jwks"' in line and '"status": 200' in line


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"path": "/api/v2/token"}, 405, id="method"),
        pytest.param({"path": "/api/v2/userinfo"}, 401, id="no token"),
        pytest.param({"path": "/api/v2/jwks", "HTTP_HOST": "elsewhere.example"}, 400, id="host"),
        pytest.param({"path": "/api/v2/jwks", "HTTP_COOKIE": "a" * 17_000}, 431, id="too large"),
    ],
)
def test_refusals_are_answered_here_too(asked: dict[str, str], status: int) -> None:
    answered = Answered(**asked)
    assert (answered.status, answered.reached_the_site) == (status, False)
    assert answered.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_left_to_the_site() -> None:
    assert Answered(path="/api/v2/authorize").reached_the_site
