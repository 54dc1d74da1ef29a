"""The FS that the Foundation's suite plays: its addresses listen, and whatever arrives there is kept."""

import threading
import time
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.federation.conformance.authority import Certified

CALLBACK = "/callback"
SIGNED_OUT = "/post_logout_redirect"
BACK_CHANNEL = "/backchannel_logout"
POSTING = "/posting"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request received, its parameters apart: those of the URL, those of the body."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    content_type: str
    repeated: frozenset[str] = field(default_factory=frozenset)


class RelyingParty:
    """The browser comes to it over TLS. The back channel is plain http: our servers trust public authorities alone."""

    def __init__(self, certified: Certified) -> None:
        self._arrivals: list[Arrival] = []
        self._news = threading.Condition()
        front, back = _Listener(self), _Listener(self)
        front.socket = certified.for_a_server().wrap_socket(
            front.socket, server_side=True, do_handshake_on_connect=False
        )
        self._listeners = (front, back)
        self.url = f"https://localhost:{front.server_port}"
        self.callback = f"{self.url}{CALLBACK}"
        self.signed_out = f"{self.url}{SIGNED_OUT}"
        self.back_channel = f"http://localhost:{back.server_port}{BACK_CHANNEL}"

    def __enter__(self) -> Self:
        for listener in self._listeners:
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()

    def page_that_posts(self, action: str, values: dict[str, str]) -> str:
        """The address of a page of this FS with one form: these values, posted to another site."""
        return f"{self.url}{POSTING}?{urlencode({'action': action, **values})}"

    def keep(self, arrival: Arrival) -> None:
        with self._news:
            self._arrivals.append(arrival)
            self._news.notify_all()

    def forget(self) -> None:
        with self._news:
            self._arrivals.clear()

    def take(self, path: str, *, patience: float = 0) -> list[Arrival]:
        """What came to this path since it was last asked for; waits for a first one, so many seconds at most."""
        deadline = time.monotonic() + patience
        with self._news:
            while not any(each.path == path for each in self._arrivals):
                if not self._news.wait(max(0.0, deadline - time.monotonic())):
                    break
            taken = [each for each in self._arrivals if each.path == path]
            self._arrivals = [each for each in self._arrivals if each.path != path]
        return taken


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, party: RelyingParty) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.party = party

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes its connection is no failure."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == POSTING:
            self._answer(_posting_page(dict(parse_qsl(address.query, keep_blank_values=True))))
        else:
            self._receive()

    def do_POST(self) -> None:
        self._receive()

    def _receive(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        in_query, in_form = (parse_qsl(text, keep_blank_values=True) for text in (address.query, body))
        names = [name for name, _ in [*in_query, *in_form]]
        self.server.party.keep(
            Arrival(
                method=self.command,
                path=address.path,
                query=dict(in_query),
                form=dict(in_form),
                content_type=self.headers.get("Content-Type", ""),
                repeated=frozenset(name for name in names if names.count(name) > 1),
            )
        )
        self._answer("<!doctype html><title>Reçu</title><h1>Reçu</h1>")

    def _answer(self, page: str) -> None:
        content = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002


def _posting_page(values: dict[str, str]) -> str:
    action = escape(values.pop("action"))
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )
    return (
        f'<!doctype html><form method="post" action="{action}">{fields}<button>Se connecter</button></form>'
    )
