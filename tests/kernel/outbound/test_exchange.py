"""What a call to the outside may do, over real sockets."""

import datetime as dt
import ssl
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from proconnect.kernel import outbound
from proconnect.kernel.outbound import (
    EXCHANGE_DEADLINE,
    LARGEST_BODY,
    TIMEOUT,
    AddressRefused,
    Answer,
    Gate,
    Reach,
    Resting,
    TooLarge,
    TooSlow,
    Unreachable,
    bulkhead,
    check_url,
)
from proconnect.kernel.outbound.addresses import Address
from proconnect.kernel.outbound.breaker import FAILURES_TOLERATED
from tests.kernel.outbound.conftest import RawServer, Speak, dripping, response, saying, silent

Get = Callable[..., Answer]
Serve = Callable[..., RawServer]
NewGate = Callable[..., Gate]


def test_an_honest_answer(get: Get, served: Serve) -> None:
    server = served(saying(response(b'{"a": 1}', b"Content-Type: Application/JSON; charset=utf-8")))
    answer = get(server.url + "path?x=1", headers={"accept": "application/json"})
    assert (answer.status, answer.content_type, answer.json_object()) == (200, "application/json", {"a": 1})
    request = server.requests[0].lower()
    assert request.startswith(b"get /path?x=1 http/1.1\r\n")
    assert b"accept-encoding: identity\r\n" in request
    assert b"user-agent: proconnect\r\n" in request


def test_a_form_is_posted(gate: Gate, served: Serve) -> None:
    server = served(saying(response(b"{}")))
    gate.exchange("POST", server.url, reach=Reach.ANYWHERE, headers={}, form={"a": "é&="})
    assert b"content-type: application/x-www-form-urlencoded" in server.requests[0].lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://fi.exemple.fr/",
        "http://127.0.0.1.evil.com/",
        "ftp://fi.exemple.fr/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "javascript:alert(1)",
        "//fi.exemple.fr/",
        "/discovery",
        "",
        "https://",
        "https://user:password@fi.exemple.fr/",
        "https://fi.exemple.fr:99999/",
        "https://[::1",
        "https://fi.exemple.fr/\r\nHost: evil",
        "http://10.0.0.1/",
    ],
)
@pytest.mark.parametrize("reach", Reach)
def test_s072_only_https_servers_are_called(get: Get, url: str, reach: Reach) -> None:
    with pytest.raises(AddressRefused):
        get(url, reach=reach)


@pytest.mark.parametrize("is_allowed", [True, False])
def test_s072_an_address_for_a_browser_is_https_too(settings: Any, is_allowed: bool) -> None:
    settings.ENV = replace(settings.ENV, allow_private_addresses=is_allowed)
    check_url("https://fi.exemple.fr/authorize")
    with nullcontext() if is_allowed else pytest.raises(AddressRefused):
        check_url("http://localhost:8002/authorize")


@pytest.mark.parametrize("reach", [Reach.PUBLIC, Reach.PRIVATE_NETWORKS])
def test_s072_plain_http_to_this_machine_is_for_the_demo_alone(get: Get, served: Serve, reach: Reach) -> None:
    server = served(saying(response(b"{}")))
    with pytest.raises(AddressRefused):
        get(server.url, reach=reach)
    assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",  # noqa: S104
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.0.1",
    ],
)
def test_s072_a_name_for_this_machine_or_a_private_network_is_refused(
    get: Get, served: Serve, host: str
) -> None:
    server = served(saying(response(b"{}")))
    with pytest.raises((AddressRefused, Unreachable)):
        get(f"https://{host}:{server.port}/", reach=Reach.PUBLIC)
    assert server.connections == 0


def test_s072_one_private_address_among_public_ones_is_enough_to_refuse(new_gate: NewGate) -> None:
    gate = new_gate(resolve=lambda host: (ip_address("93.184.216.34"), ip_address("10.0.0.1")))
    with pytest.raises(AddressRefused):
        gate.exchange("GET", "https://fi.exemple.fr/", reach=Reach.PUBLIC, headers={})


def test_s072_the_address_called_is_the_one_that_was_checked(
    new_gate: NewGate, served: Serve, tmp_path: Path
) -> None:
    """The name exists nowhere, and is looked up once: a second answer would never be seen (DNS rebinding)."""
    theirs, ours = certified("fi.exemple.test", tmp_path)
    server = served(saying(response(b"{}")), tls=theirs)
    lookups: list[str] = []

    def resolve(host: str) -> tuple[Address, ...]:
        lookups.append(host)
        return (ip_address("127.0.0.1"),)

    url = f"https://fi.exemple.test:{server.port}/"
    new_gate(resolve=resolve, tls=ours).exchange("GET", url, reach=Reach.ANYWHERE, headers={})
    assert lookups == ["fi.exemple.test"]
    assert b"host: fi.exemple.test:" in server.requests[0].lower()


def test_the_certificate_is_matched_against_the_name(
    new_gate: NewGate, served: Serve, tmp_path: Path
) -> None:
    theirs, ours = certified("fi.exemple.test", tmp_path)
    server = served(saying(response(b'{"tls": true}')), tls=theirs)
    gate = new_gate(tls=ours, resolve=lambda host: (ip_address("127.0.0.1"),))

    def call(name: str) -> Answer:
        return gate.exchange("GET", f"https://{name}:{server.port}/", reach=Reach.ANYWHERE, headers={})

    assert call("fi.exemple.test").json_object() == {"tls": True}
    with pytest.raises(Unreachable):
        call("other.exemple.test")
    with pytest.raises(Unreachable):
        new_gate(resolve=lambda host: (ip_address("127.0.0.1"),)).exchange(
            "GET", f"https://fi.exemple.test:{server.port}/", reach=Reach.ANYWHERE, headers={}
        )


def test_s072_a_redirect_is_not_followed(get: Get, served: Serve) -> None:
    elsewhere = served(saying(response(b"{}")))
    server = served(
        saying(b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % elsewhere.url.encode())
    )
    assert get(server.url).status == 302
    assert elsewhere.connections == 0


def test_s072_a_body_too_large_is_left(get: Get, served: Serve) -> None:
    announced = served(saying(response(b"a" * (LARGEST_BODY + 1))))
    with pytest.raises(TooLarge):
        get(announced.url)
    just_right = served(saying(response(b"a" * LARGEST_BODY)))
    assert len(get(just_right.url).body) == LARGEST_BODY


def test_s072_an_endless_body_is_left(get: Get, served: Serve) -> None:
    def speak(connection: object) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")  # type: ignore[attr-defined]
        while True:
            connection.sendall(b"a" * 65536)  # type: ignore[attr-defined]

    with pytest.raises(TooLarge):
        get(served(speak).url)


def test_a_compressed_body_is_not_inflated(get: Get, served: Serve) -> None:
    server = served(saying(response(b"\x1f\x8b not really", b"Content-Encoding: gzip")))
    assert get(server.url).body == b"\x1f\x8b not really"


def test_s072_deadlines_are_2_5_and_8_seconds() -> None:
    assert (TIMEOUT.connect, TIMEOUT.read) == (2, 5)
    assert timedelta(seconds=8) == EXCHANGE_DEADLINE


@pytest.mark.parametrize(
    "speak",
    [
        pytest.param(silent, id="silent"),
        pytest.param(dripping(response(b"a" * 1000), 0.1), id="headers byte by byte"),
        pytest.param(
            lambda connection: [
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
                dripping(b"a" * 1000, 0.1)(connection),
            ],
            id="body byte by byte",
        ),
    ],
)
def test_f16_a_slow_answer_is_cut(get: Get, served: Serve, speak: Speak) -> None:
    server = served(speak)
    started = time.monotonic()
    with outbound.at_most(timedelta(seconds=0.5)), pytest.raises(TooSlow):
        get(server.url)
    assert time.monotonic() - started < 1.0


def test_f16_calls_share_the_time_of_the_step_they_belong_to(get: Get, served: Serve) -> None:
    server = served(dripping(response(b"{}"), 0.003))
    with outbound.at_most(timedelta(seconds=0.5)):
        get(server.url)
        with pytest.raises(TooSlow):
            for _ in range(10):
                get(server.url)
    get(server.url)


def test_f16_a_tls_handshake_that_lingers_is_cut(new_gate: NewGate, served: Serve) -> None:
    server = served(silent)
    gate = new_gate(resolve=lambda host: (ip_address("127.0.0.1"),))
    started = time.monotonic()
    with outbound.at_most(timedelta(seconds=0.5)), pytest.raises(TooSlow):
        gate.exchange("GET", f"https://fi.exemple.test:{server.port}/", reach=Reach.ANYWHERE, headers={})
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\xff garbage\r\n\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n{", id="truncated"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="bad chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"A: " + b"a" * 200_000, id="endless header"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", id="two lengths"
        ),
    ],
)
def test_f17_broken_http_is_a_failure_of_its_kind(get: Get, served: Serve, answer: bytes) -> None:
    with pytest.raises(Unreachable):
        get(served(saying(answer)).url)


def test_nothing_is_asked_twice(get: Get, served: Serve) -> None:
    server = served(saying(b""))
    with pytest.raises(Unreachable):
        get(server.url)
    assert len(server.requests) == 1


def test_cookies_are_not_kept(get: Get, served: Serve) -> None:
    server = served(saying(response(b"{}", b"Set-Cookie: session=swordfish; Path=/")))
    get(server.url)
    get(server.url)
    assert b"swordfish" not in b"".join(server.requests)


def test_the_proxies_of_the_environment_are_ignored(
    get: Get, served: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = served(saying(response(b"{}")))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    get(served(saying(response(b"{}"))).url)
    assert proxy.connections == 0


@pytest.mark.parametrize("speak", [silent, saying(b"garbage\r\n\r\n"), saying(b"")])
def test_s167_a_failure_carries_no_secret(gate: Gate, served: Serve, speak: Speak) -> None:
    server = served(speak)
    with outbound.at_most(timedelta(seconds=0.3)), pytest.raises(outbound.OutboundFailure) as failure:
        gate.exchange(
            "POST",
            f"{server.url}?code=swordfish",
            reach=Reach.ANYWHERE,
            headers={"authorization": "Bearer swordfish"},
            form={"client_secret": "swordfish"},
        )
    assert "swordfish" not in "".join(traceback.format_exception(failure.value))
    assert failure.value.__context__ is None
    assert failure.value.__cause__ is None


def test_f15_a_destination_that_refuses_connections_is_left_alone(get: Get, served: Serve) -> None:
    with pytest.MonkeyPatch.context() as patch:
        now = [1000.0]
        patch.setattr(bulkhead, "monotonic", lambda: now[0])
        for _ in range(FAILURES_TOLERATED):
            with pytest.raises(Unreachable):
                get("http://127.0.0.1:9/")
        with pytest.raises(Resting):
            get("http://127.0.0.1:9/")
        get(served(saying(response(b"{}"))).url)  # others are not concerned
        now[0] += 30
        with pytest.raises(Unreachable):
            get("http://127.0.0.1:9/")
        with pytest.raises(Resting):
            get("http://127.0.0.1:9/")


def test_f16_a_slow_destination_holds_few_threads(get: Get, served: Serve) -> None:
    server = served(silent)

    def wait() -> None:
        with outbound.at_most(timedelta(seconds=1)), pytest.raises(TooSlow):
            get(server.url)

    threads = [threading.Thread(target=wait) for _ in range(3)]  # of the four of a process
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    with outbound.at_most(timedelta(seconds=0.1)), pytest.raises(Resting):
        get(server.url)
    get(served(saying(response(b"{}"))).url)
    for thread in threads:
        thread.join()


def test_a_connection_is_kept_for_the_next_call(get: Get, served: Serve) -> None:
    def speak(connection: object) -> None:
        for _ in range(3):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")  # type: ignore[attr-defined]
            connection.recv(65536)  # type: ignore[attr-defined]

    server = served(speak)
    for _ in range(3):
        get(server.url)
    assert server.connections == 1


def test_a_kept_connection_is_not_lent_to_who_may_not_make_it(gate: Gate, served: Serve) -> None:
    server = served(saying(response(b"{}")))
    gate.exchange("GET", server.url, reach=Reach.ANYWHERE, headers={})
    with pytest.raises(AddressRefused):
        gate.exchange("GET", server.url, reach=Reach.PUBLIC, headers={})


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that holds a certificate for this name, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + pem)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(folder / "server.pem")
    return theirs, ssl.create_default_context(cadata=pem.decode())
