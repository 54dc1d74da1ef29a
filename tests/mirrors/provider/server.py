"""The demo FI on a real socket: a process of its own, or a thread of the tests."""

import threading
from collections.abc import Mapping, Sequence
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.mirrors.provider.app import Application
from tests.mirrors.provider.http import CONNECTION
from tests.mirrors.provider.issuer import Issuer, RegisteredClient
from tests.mirrors.provider.people import Persona
from tests.mirrors.static_files import with_static_files


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who hangs up on a slow answer is part of the game."""


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002

    def address_string(self) -> str:
        return str(self.client_address[0])

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), CONNECTION: self.connection}


class ProviderServer:
    """Listens from the moment it is made; port 0 takes a free one."""

    def __init__(
        self, configuration: Sequence[Mapping[str, Any]], *, port: int = 0, host: str = "localhost"
    ) -> None:
        self._server = make_server(
            "127.0.0.1", port, _not_yet, server_class=_ThreadingServer, handler_class=_SilentHandler
        )
        self.port = self._server.server_port
        self.base_url = f"http://{host}:{self.port}"
        self.issuers = [read_issuer(self.base_url, each) for each in configuration]
        self._server.set_app(with_static_files(Application(self.issuers)))
        self._thread = threading.Thread(target=self.serve, name="demo-fi", daemon=True)

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _not_yet(environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


def read_issuer(base_url: str, configuration: Mapping[str, Any]) -> Issuer:
    return Issuer(
        base_url,
        path=configuration.get("path", ""),
        title=configuration["title"],
        clients=[RegisteredClient.read(each) for each in configuration.get("clients", ())],
        personas=[Persona.read(each) for each in configuration.get("personas", ())],
    )
