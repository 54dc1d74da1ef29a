"""How an endpoint in trouble answers: in form but wrongly, or by what it does with the connection itself."""

import gzip
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.mirrors.provider.faults import Kind, Trouble
from tests.mirrors.provider.http import Response, Wire, as_json, content, html, redirect

Answer = Response | Wire
LONGEST_HANG = 60.0  # seconds
DEEP = 60_000  # levels, within what a caller reads of a body
BOMB = 10_000_000  # bytes, once inflated
RESET_AT_CLOSE = struct.pack("ii", 1, 0)


def answer_in_trouble(trouble: Trouble, honest: Response) -> Answer:
    if trouble.kind == "redirect":
        return redirect(str(trouble.value), trouble.status)
    if trouble.kind in ON_THE_WIRE:
        return Wire(_then_cut(ON_THE_WIRE[trouble.kind](trouble.value, honest)))
    return IN_FORM[trouble.kind](trouble.value, honest)


# In form


def _status(value: Any, honest: Response) -> Response:
    return as_json({"error": "server_error"}, int(value or 500))


def _html(value: Any, honest: Response) -> Response:
    return html("<!doctype html><title>Portail captif</title><p>Veuillez patienter.</p>")


def _garbage(value: Any, honest: Response) -> Response:
    return content(b"\x00\xff{not json", "application/json")


def _empty(value: Any, honest: Response) -> Response:
    return content(b"", "application/json")


def _truncated(value: Any, honest: Response) -> Response:
    return Response(honest.status, [b"{"], [*_headers_but_length(honest), ("Content-Length", "4096")])


def _huge(value: Any, honest: Response) -> Response:
    return Response(200, _filler(int(value or 50_000_000)), [("Content-Type", "application/json")])


def _slow(value: Any, honest: Response) -> Response:
    time.sleep(float(value or 30))
    return honest


def _drip(value: Any, honest: Response) -> Response:
    return Response(honest.status, _drops(_body(honest), float(value or 1)), _headers_but_length(honest))


def _json(value: Any, honest: Response) -> Response:
    return as_json(value)


def _text(value: Any, honest: Response) -> Response:
    return content(str(value).encode(), "application/json")


def _extra(value: Any, honest: Response) -> Response:
    return _respelt(honest, lambda text: f"{text[:-1]}, {value}}}")


def _first(value: Any, honest: Response) -> Response:
    return _respelt(honest, lambda text: f"{{{value}, {text[1:]}")


def _deep(value: Any, honest: Response) -> Response:
    return _extra(f'"x": {"[" * DEEP}{"]" * DEEP}', honest)


def _latin1(value: Any, honest: Response) -> Response:
    return _with_body(honest, _body(honest)[:-1] + ', "prénom": "Zoé"}'.encode("latin-1"))


def _bom(value: Any, honest: Response) -> Response:
    return _with_body(honest, b"\xef\xbb\xbf" + _body(honest))


def _utf16(value: Any, honest: Response) -> Response:
    return _with_body(honest, _body(honest).decode().encode("utf-16"))


def _content_type(value: Any, honest: Response) -> Response:
    return content(_body(honest), str(value), honest.status)


def _header(value: Any, honest: Response) -> Response:
    name, text = value
    return Response(honest.status, honest.body, [*honest.headers, (name, text)])


def _gzip(value: Any, honest: Response) -> Response:
    """Compressed, though ``identity`` was asked."""
    return _compressed(gzip.compress(_body(honest)))


def _gzip_bomb(value: Any, honest: Response) -> Response:
    return _compressed(gzip.compress(b'{"filler": "' + b"a" * BOMB + b'"}'))


IN_FORM: Mapping[Kind, Callable[[Any, Response], Response]] = {
    "status": _status,
    "html": _html,
    "garbage": _garbage,
    "empty": _empty,
    "truncated": _truncated,
    "huge": _huge,
    "slow": _slow,
    "drip": _drip,
    "json": _json,
    "text": _text,
    "extra": _extra,
    "first": _first,
    "deep": _deep,
    "latin1": _latin1,
    "bom": _bom,
    "utf16": _utf16,
    "content_type": _content_type,
    "header": _header,
    "gzip": _gzip,
    "gzip_bomb": _gzip_bomb,
}


def _compressed(body: bytes) -> Response:
    response = content(body, "application/json")
    response.headers.append(("Content-Encoding", "gzip"))
    return response


def _respelt(honest: Response, alter: Callable[[str], str]) -> Response:
    return _with_body(honest, alter(_body(honest).decode()).encode())


def _with_body(honest: Response, body: bytes) -> Response:
    return Response(honest.status, [body], [*_headers_but_length(honest), ("Content-Length", str(len(body)))])


def _body(honest: Response) -> bytes:
    return b"".join(honest.body)


def _headers_but_length(honest: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in honest.headers if name != "Content-Length"]


def _filler(size: int) -> Iterator[bytes]:
    yield b'{"filler": "'
    for _ in range(size // 65536 + 1):
        yield b"a" * 65536
    yield b'"}'


def _drops(body: bytes, pause: float) -> Iterator[bytes]:
    for byte in body:
        yield bytes([byte])
        time.sleep(pause)


# On the wire

Act = Callable[[socket.socket], None]


def _then_cut(act: Act) -> Act:
    """A caller who hangs up first is part of the game."""

    def play(connection: socket.socket) -> None:
        try:
            act(connection)
        except OSError:
            return

    return play


def _reset(value: Any, honest: Response) -> Act:
    """RST, not FIN: what is sent by a machine that has just restarted."""

    def act(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        os.close(connection.detach())

    return act


def _early_close(value: Any, honest: Response) -> Act:
    return lambda connection: connection.shutdown(socket.SHUT_RDWR)


def _hang(value: Any, honest: Response) -> Act:
    """Silent until the caller gives up."""

    def act(connection: socket.socket) -> None:
        connection.settimeout(float(value or LONGEST_HANG))
        connection.recv(1)

    return act


def _says(head: str, body: bytes = b"") -> Callable[[Any, Response], Act]:
    sent = head.replace("\n", "\r\n").encode("latin-1") + body
    return lambda value, honest: lambda connection: connection.sendall(sent)


def _without_length(value: Any, honest: Response) -> Act:
    """HTTP/1.0, whose body ends with the connection. An honest answer, in the manner of 1996."""
    sent = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + _body(honest)
    return lambda connection: connection.sendall(sent)


def _two_lengths(value: Any, honest: Response) -> Act:
    body = _body(honest)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Length: 2\r\n\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


def _continues(value: Any, honest: Response) -> Act:
    """100 Continue, again and again: an answer that never begins."""

    def act(connection: socket.socket) -> None:
        end = time.monotonic() + LONGEST_HANG
        while time.monotonic() < end:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.1)

    return act


OK = "HTTP/1.1 200 OK\nContent-Type: application/json\n"
ON_THE_WIRE: Mapping[Kind, Callable[[Any, Response], Act]] = {
    "reset": _reset,
    "early_close": _early_close,
    "hang": _hang,
    "half_a_header": _says("HTTP/1.1 200 OK\nContent-Ty"),
    "chunks_of_nonsense": _says(f"{OK}Transfer-Encoding: chunked\n\nZZZ\n", b"{}"),
    "chunks_of_nothing": _says(f"{OK}Transfer-Encoding: chunked\n\nffffffffffffffff\n", b"{}"),
    "many_headers": _says(OK + "".join(f"X-{number}: {'a' * 60}\n" for number in range(10_000)) + "\n"),
    "long_header": _says(f"{OK}X-Long: {'a' * 1_000_000}\n\n", b"{}"),
    "long_status": _says(f"HTTP/1.1 200 {'a' * 1_000_000}\n\n", b"{}"),
    "two_lengths": _two_lengths,
    "wrong_length": _says(f"{OK}Content-Length: -1\n\n", b"{}"),
    "without_length": _without_length,
    "other_protocol": _says("SSH-2.0-OpenSSH_9.9\n"),
    "continues": _continues,
}
