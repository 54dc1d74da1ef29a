"""A caller cheap enough to keep a server busy: one kept-alive socket, and no more of HTTP than servers answer here."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode


class Failed(RuntimeError):
    """A journey did not go as it must: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]  # names in lower case
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Raises Failed when the header is missing."""
        for held, value in self.headers:
            if held == name:
                return value
        raise Failed(f"{self.status} without {name}: {self.body[:300]!r}")

    def must_be(self, *statuses: int) -> Self:
        if self.status not in statuses:
            raise Failed(f"{self.status} instead of {statuses}: {self.body[:600]!r}")
        return self


class Caller:
    """``headers`` go with every request: the host, and what a proxy in front of the server would add."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port = port
        self._always = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket: socket.socket | None = None
        self._unread = b""

    def get(self, path: str, headers: str = "") -> Answer:
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._always}{headers}\r\n".encode())

    def post(self, path: str, form: Mapping[str, str], headers: str = "") -> Answer:
        body = urlencode(form)
        head = (
            f"POST {path} HTTP/1.1\r\n{self._always}{headers}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self._ask((head + body).encode())

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket, self._unread = None, b""

    def _ask(self, request: bytes) -> Answer:
        connected = self._socket is not None
        try:
            return self._asked_once(request)
        except ConnectionError:
            self.close()
            if not connected:
                raise
            return self._asked_once(request)  # the server had closed an idle connection

    def _asked_once(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        head, _, self._unread = self._read_until(b"\r\n\r\n").partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = [
            (name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])
        ]
        answer = Answer(int(lines[0].split(" ", 2)[1]), headers, self._read_body(dict(headers)))
        if dict(headers).get("connection", "").lower() == "close":
            self.close()
        return answer

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            return self._read_chunks()
        return self._take(int(headers.get("content-length", 0)))

    def _read_chunks(self) -> bytes:
        body = b""
        while True:
            size, _, self._unread = self._read_until(b"\r\n").partition(b"\r\n")
            chunk = self._take(int(size, 16) + 2)
            if len(chunk) == 2:
                return body
            body += chunk[:-2]

    def _read_until(self, mark: bytes) -> bytes:
        while mark not in self._unread:
            self._receive()
        return self._unread

    def _take(self, length: int) -> bytes:
        while len(self._unread) < length:
            self._receive()
        taken, self._unread = self._unread[:length], self._unread[length:]
        return taken

    def _receive(self) -> None:
        assert self._socket
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionResetError("the server hung up")
        self._unread += received
