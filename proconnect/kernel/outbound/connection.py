"""Connections made to the very address that was checked, and cut when their time is over."""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

import httpcore

from proconnect.kernel.outbound.addresses import Address, Reach, may_call
from proconnect.kernel.outbound.failures import AddressRefused

CONNECTION_DEADLINE = timedelta(seconds=2)  # name, every address of it, and TLS handshake apart
NAMES_REMEMBERED = timedelta(hours=1)  # used again only when the resolver fails

Resolve = Callable[[str], tuple[Address, ...]]

_deadline: ContextVar[float] = ContextVar("outbound_deadline", default=float("inf"))


@contextmanager
def at_most(duration: timedelta) -> Iterator[None]:
    """Bound all the calls made inside, taken together. A bound within a bound can only tighten it."""
    token = _deadline.set(min(_deadline.get(), monotonic() + duration.total_seconds()))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float:
    return max(0.0, _deadline.get() - monotonic())


def _seconds_left(timeout: float | None, failure: type[httpcore.TimeoutException]) -> float:
    left = min(timeout or float("inf"), seconds_left())
    if left <= 0:
        raise failure("deadline passed")
    return left


class CheckedBackend(httpcore.SyncBackend):
    """Resolves a name itself, refuses it when any of its addresses is out of reach, connects by address.

    What was checked is what is called: no second lookup leaves room for another answer (DNS rebinding). The
    certificate is still matched against the name.
    """

    def __init__(self, reach: Reach, resolve: Resolve) -> None:
        self._reach = reach
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        with at_most(CONNECTION_DEADLINE):
            for address in self._addresses(host):
                try:
                    left = _seconds_left(timeout, httpcore.ConnectTimeout)
                    stream = super().connect_tcp(str(address), port, left, local_address, socket_options)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    failure = error
                else:
                    return BoundedStream(stream)
        raise failure

    def _addresses(self, host: str) -> tuple[Address, ...]:
        addresses = self._resolve(host)
        if not all(may_call(address, self._reach) for address in addresses):
            raise AddressRefused(host, "resolves to an address that must not be called")
        return addresses


class BoundedStream(httpcore.NetworkStream):
    """A stream whose every wait also ends with the exchange: a byte per second does not keep it alive."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _seconds_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _seconds_left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _seconds_left(timeout, httpcore.ConnectTimeout)
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Resolver:
    """The system's resolver in bounded time. When it fails, what it said lately of that name is used."""

    def __init__(self, look_up: Callable[..., Any] = socket.getaddrinfo) -> None:
        self._look_up = look_up
        self._known: dict[str, tuple[tuple[Address, ...], float]] = {}

    def __call__(self, host: str) -> tuple[Address, ...]:
        try:
            return (ip_address(host),)
        except ValueError:
            return self._named(host)

    def _named(self, host: str) -> tuple[Address, ...]:
        answer = self._in_bounded_time(host)
        if isinstance(answer, list):
            addresses = tuple(dict.fromkeys(ip_address(each[4][0]) for each in answer))
            self._known[host] = (addresses, monotonic())
            return addresses
        if isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_NONAME:
            raise httpcore.ConnectError("no such name")
        addresses, known_at = self._known.get(host, ((), 0.0))
        if not addresses or monotonic() - known_at > NAMES_REMEMBERED.total_seconds():
            raise httpcore.ConnectError("the name resolver does not answer")
        return addresses

    def _in_bounded_time(self, host: str) -> Any:
        """What the system answered: a list, the error it raised, or None. A lookup cannot be cut, only left behind."""
        answers: SimpleQueue[Any] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._look_up(host, None, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        Thread(target=ask, name="outbound-dns", daemon=True).start()
        patience = _seconds_left(CONNECTION_DEADLINE.total_seconds(), httpcore.ConnectTimeout)
        try:
            return answers.get(timeout=patience)
        except Empty:
            return None
