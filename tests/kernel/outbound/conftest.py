"""A server that answers, byte for byte, what the test says."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from proconnect.kernel import outbound
from proconnect.kernel.outbound import Reach

Speak = Callable[[socket.socket], None]


@dataclass
class RawServer:
    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def saying(answer: bytes) -> Speak:
    return lambda connection: connection.sendall(answer)


def response(body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def dripping(answer: bytes, pause: float) -> Speak:
    def speak(connection: socket.socket) -> None:
        for byte in answer:
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return speak


def silent(connection: socket.socket) -> None:
    time.sleep(5)


@contextmanager
def raw_server(speak: Speak, *, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1])

    def serve(connection: socket.socket) -> None:
        spoken = (
            tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            if tls
            else connection
        )
        with suppress(OSError), spoken:
            request = b""
            while b"\r\n\r\n" not in request:
                request += spoken.recv(65536) or b"\r\n\r\n"
            server.requests.append(request)
            speak(spoken)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                threading.Thread(target=serve, args=[connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield server


@pytest.fixture
def served() -> Iterator[Callable[..., RawServer]]:
    with ExitStack() as stack:
        yield lambda speak, **options: stack.enter_context(raw_server(speak, **options))


@pytest.fixture
def new_gate() -> Iterator[Callable[..., outbound.Gate]]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(closing(outbound.Gate(**options)))


@pytest.fixture
def gate(new_gate: Callable[..., outbound.Gate]) -> outbound.Gate:
    return new_gate()


@pytest.fixture
def get(gate: outbound.Gate) -> Callable[..., outbound.Answer]:
    def call(
        url: str, *, reach: Reach = Reach.ANYWHERE, headers: Mapping[str, str] | None = None
    ) -> outbound.Answer:
        return gate.exchange("GET", url, reach=reach, headers=headers or {})

    return call
