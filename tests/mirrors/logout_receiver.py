"""The back-channel logout endpoint of a FS, over a real socket, able to misbehave on order."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs


@dataclass
class LogoutReceiver:
    uri: str = ""
    status: int = 200
    delay: float = 0.0  # seconds before it answers
    headers: dict[str, str] = field(default_factory=dict)
    received: list[dict[str, str]] = field(default_factory=list)  # the forms posted
    content_types: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> list[str]:
        return [form["logout_token"] for form in self.received]


@contextmanager
def logout_receiver() -> Iterator[LogoutReceiver]:
    receiver = LogoutReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.received.append({name: values[0] for name, values in parse_qs(body).items()})
            receiver.content_types.append(self.headers["Content-Type"])
            time.sleep(receiver.delay)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.uri = f"http://127.0.0.1:{server.server_address[1]}/backchannel"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
