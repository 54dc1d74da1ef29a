"""The ``jwks_uri`` of a FS, over a real socket, able to fail on order."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class KeyPublisher:
    uri: str = ""
    document: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fetches: int = 0

    def publish(self, *keys: Any) -> None:
        self.document = {"keys": [key.as_dict(private=False) for key in keys]}


@contextmanager
def key_publisher() -> Iterator[KeyPublisher]:
    publisher = KeyPublisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.fetches += 1
            body = json.dumps(publisher.document).encode()
            self.send_response(publisher.status)
            for name, value in publisher.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.uri = f"http://127.0.0.1:{server.server_address[1]}/jwks"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
