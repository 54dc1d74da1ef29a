"""The only HTTP client. Where calls may go, how long they may take, how much they may bring back.

Redirects are never followed, nothing is retried, cookies are not kept, the process's proxy variables are ignored.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Lock
from typing import Any

import httpcore
import httpx
from django.conf import settings

from proconnect.kernel.outbound.addresses import Reach, is_loopback
from proconnect.kernel.outbound.bulkhead import Bulkheads, Passage, current_passage
from proconnect.kernel.outbound.connection import CheckedBackend, Resolve, Resolver, at_most, seconds_left
from proconnect.kernel.outbound.failures import (
    AddressRefused,
    OutboundFailure,
    Resting,
    TooLarge,
    TooSlow,
    Unreachable,
)
from proconnect.kernel.outbound.strict_json import json_object

__all__ = [
    "EXCHANGE_DEADLINE",
    "AddressRefused",
    "Answer",
    "Gate",
    "OutboundFailure",
    "Passage",
    "Reach",
    "Resting",
    "TooLarge",
    "TooSlow",
    "Unreachable",
    "at_most",
    "check_url",
    "gate",
    "get",
    "json_object",
    "passage",
    "post_form",
    "seconds_left",
]

TIMEOUT = httpx.Timeout(connect=2, read=5, write=5, pool=2)  # seconds
EXCHANGE_DEADLINE = timedelta(seconds=8)
LARGEST_BODY = 256 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str  # lower case, without parameters
    body: bytes
    date: str = field(default="", compare=False)  # as its sender's clock says (RFC 9110 6.6.1)

    def json_object(self) -> dict[str, Any]:
        """Raises ValueError."""
        return json_object(self.body)


def get(url: str, *, headers: Mapping[str, str] | None = None, is_internal: bool = False) -> Answer:
    """``is_internal``: the destination is known to live on the ministries' network. Raises OutboundFailure."""
    return gate().exchange("GET", url, reach=reach_of(is_internal=is_internal), headers=headers or {})


def post_form(
    url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None, is_internal: bool = False
) -> Answer:
    """Raises OutboundFailure."""
    reach = reach_of(is_internal=is_internal)
    return gate().exchange("POST", url, reach=reach, headers=headers or {}, form=form)


def reach_of(*, is_internal: bool) -> Reach:
    if settings.ENV.allow_private_addresses:
        return Reach.ANYWHERE
    return Reach.PRIVATE_NETWORKS if is_internal else Reach.PUBLIC


def check_url(url: str) -> None:
    """Would this URL be called, its name apart? Also good for an address given to a browser. Raises AddressRefused."""
    _checked(url, reach_of(is_internal=False))


@contextmanager
def passage(name: str) -> Iterator[Passage]:
    """All the calls made inside are to one destination, whatever their hosts: they hold one of its threads, and count
    once in its breaker. A call made outside any passage is one by itself, to its origin. Raises Resting.
    """
    with gate().bulkheads.passage(name) as entered:
        yield entered


class Gate:
    """``tls`` and ``resolve`` default to the public authorities' certificates and the system's resolver; ``threads`` is
    how many the process answers with, or calls with.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, resolve: Resolve | None = None, threads: int = 4
    ) -> None:
        self.bulkheads = Bulkheads(threads)
        self._tls = tls or _public_authorities()
        self._resolve = resolve or Resolver()
        self._clients: dict[Reach, httpx.Client] = {}
        self._lock = Lock()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        reach: Reach,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Raises OutboundFailure."""
        target = _checked(url, reach)
        with at_most(EXCHANGE_DEADLINE), self._passage(reach, target) as passage:
            outcome = self._outcome(self._client(reach), method, target, headers, form)
            if isinstance(outcome, (Unreachable, TooSlow)):
                passage.failed()
            else:
                passage.answered()
        if isinstance(outcome, OutboundFailure):  # raised here: no request, hence no secret, hangs on to it
            raise outcome
        return outcome

    def close(self) -> None:
        """Cut the connections kept for later."""
        for client in self._clients.values():
            client.close()

    def _outcome(
        self,
        client: httpx.Client,
        method: str,
        target: httpx.URL,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
    ) -> Answer | OutboundFailure:
        try:
            with client.stream(method, target, headers=headers, data=form) as response:
                body = _read(response)
        except AddressRefused as refused:
            return refused
        except (httpcore.TimeoutException, httpx.TimeoutException):
            return TooSlow(target.host, "it does not answer in time")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, ssl.SSLError) as error:
            return Unreachable(target.host, type(error).__name__)
        if body is None:
            return TooLarge(target.host, f"more than {LARGEST_BODY} bytes")
        content_type = response.headers.get("content-type", "").partition(";")[0]
        date = response.headers.get("date", "")
        return Answer(response.status_code, content_type.strip().lower(), body, date)

    def _client(self, reach: Reach) -> httpx.Client:
        """One per reach: a connection that one may use is never found open by another that may not."""
        with self._lock:
            if reach not in self._clients:
                self._clients[reach] = httpx.Client(
                    transport=_CheckedTransport(self._tls, CheckedBackend(reach, self._resolve)),
                    timeout=TIMEOUT,
                    follow_redirects=False,
                    trust_env=False,
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                    headers={"user-agent": "ProConnect", "accept-encoding": "identity"},
                )
            return self._clients[reach]

    @contextmanager
    def _passage(self, reach: Reach, target: httpx.URL) -> Iterator[Passage]:
        if passage := current_passage():
            yield passage
            return
        origin = f"{reach.name} {target.scheme}://{target.netloc.decode('ascii')}"
        with self.bulkheads.passage(origin, target.host) as passage:
            yield passage


@cache
def _public_authorities() -> ssl.SSLContext:
    """Read once: it costs 50 ms."""
    return httpx.create_ssl_context(trust_env=False)


@cache
def gate() -> Gate:
    """The one of this process."""
    return Gate(threads=settings.ENV.server_threads)


class _CheckedTransport(httpx.BaseTransport):
    """httpx over httpcore's pool, for the sake of its ``network_backend``, which httpx does not let through."""

    def __init__(self, tls: ssl.SSLContext, backend: CheckedBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, network_backend=backend, max_connections=None, max_keepalive_connections=20
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _checked(url: str, reach: Reach) -> httpx.URL:
    """Raises AddressRefused."""
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL:
        raise AddressRefused("?", "not a URL") from None
    if not target.host or target.userinfo or not 0 < (target.port or 443) < 65536:
        raise AddressRefused(target.host or "?", "not the URL of a server")
    is_local = reach is Reach.ANYWHERE and is_loopback(target.host)
    if target.scheme != "https" and not (target.scheme == "http" and is_local):
        raise AddressRefused(target.host, "only https is called")
    return target


def _read(response: httpx.Response) -> bytes | None:
    """The body as sent, or None as soon as it proves too large."""
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
