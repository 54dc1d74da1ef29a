"""The little of HTTP the demo FI needs over WSGI."""

import json
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 1_000_000
CONNECTION = "demo_fi.connection"  # where the server leaves the socket of a request, in the WSGI environment


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    remote_address: str

    @classmethod
    def of(cls, environ: "WSGIEnvironment") -> Self:
        length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_BODY)
        headers = {
            key.removeprefix("HTTP_").replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_") or key == "CONTENT_TYPE"
        }
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            query=environ.get("QUERY_STRING", ""),
            headers=headers,
            body=environ["wsgi.input"].read(length) if length else b"",
            remote_address=environ.get("REMOTE_ADDR", ""),
        )

    @property
    def arguments(self) -> dict[str, str]:
        """What the query string says; a repeated name keeps its last value."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        return {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("cookie", "")).items()}


@dataclass(slots=True)
class Response:
    status: int = 200
    body: Iterable[bytes] = ()
    headers: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, start_response: "StartResponse") -> Iterable[bytes]:
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", self.headers)
        return self.body


@dataclass(frozen=True, slots=True)
class Wire:
    """What is done with the connection itself, in place of an answer in form."""

    act: Callable[[socket.socket], None]


def html(page: str, status: int = 200) -> Response:
    return content(page.encode(), "text/html; charset=utf-8", status)


def as_json(value: Any, status: int = 200) -> Response:
    return content(json.dumps(value).encode(), "application/json", status)


def content(body: bytes, content_type: str, status: int = 200) -> Response:
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    return Response(status, [body], headers)


def redirect(url: str, status: int = 303) -> Response:
    return Response(status, [], [("Location", url), ("Content-Length", "0"), ("Cache-Control", "no-store")])


def with_parameters(url: str, parameters: Mapping[str, Any]) -> str:
    """A list is written as so many parameters of that name."""
    if not parameters:
        return url
    return url + ("&" if urlsplit(url).query else "?") + urlencode(parameters, doseq=True)
