"""Faults injected for real: the database stopped, a worker killed, a client that never ends its sentence."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from tests.platform.outage.site import Site, served_site, within

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with served_site() as site:
        yield site


@pytest.fixture
def site_without_database(site: Site) -> Iterator[Site]:
    within(5, lambda: all_served(site))
    site.stop_database()
    yield site
    site.start_database()


@pytest.mark.parametrize("path", ["/count", "/session", "/ticket"])
def test_f05_a_page_that_needs_the_database_says_to_come_back(site_without_database: Site, path: str) -> None:
    reply = site_without_database.get(path)
    assert reply.status == 503
    assert int(reply.headers["Retry-After"]) > 0
    assert "Y000503" in reply.text
    for trait in ("Traceback", "psycopg", "OperationalError", "/lib/python", "gunicorn"):
        assert trait not in reply.text
    assert reply.seconds < 5


def test_f05_readiness_turns_red_and_life_stays_green(site_without_database: Site) -> None:
    assert site_without_database.get("/livez").status == 200
    reply = site_without_database.get("/readyz?verbose")
    assert (reply.status, "database: error" in reply.text) == (503, True)
    assert reply.seconds < 5


def test_f05_pages_that_need_no_database_are_served(site_without_database: Site) -> None:
    assert site_without_database.get("/mentions-legales/").status == 200
    assert site_without_database.get("/nowhere").status == 404


def test_f05_once_the_database_is_back_nothing_needs_a_restart(site: Site) -> None:
    within(5, lambda: all_served(site))
    workers = site.workers()
    site.stop_database()
    outage_began = monotonic()
    while monotonic() - outage_began < 12:  # long enough for attempts to reconnect to have spaced out
        assert site.get("/count").status == 503
    site.start_database()
    within(5, lambda: all_served(site))
    assert site.get("/readyz").status == 200
    assert site.workers() == workers


def test_f05_a_restart_of_the_database_between_two_requests_costs_nothing(site: Site) -> None:
    within(5, lambda: all_served(site))
    site.stop_database()
    site.start_database()
    assert {site.get("/count").status for _ in range(40)} == {200}


def test_f01_a_killed_worker_is_replaced_while_the_other_serves(site: Site) -> None:
    within(5, lambda: all_served(site))
    site.kill_a_worker()
    assert site.get("/count").status == 200
    within(10, lambda: len(site.workers()) == 2)


def test_s169_the_server_says_neither_its_name_nor_its_version(site: Site) -> None:
    for path in ("/count", "/nowhere", "/livez"):
        assert site.get(path).headers["Server"] == "ProConnect"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/" + "a" * 9000, {}, id="address"),
        pytest.param("/", {"X-Long": "a" * 9000}, id="header"),
        pytest.param("/", {f"X-{number}": "a" for number in range(101)}, id="number of headers"),
    ],
)
def test_s174_a_head_too_large_is_refused(site: Site, path: str, headers: dict[str, str]) -> None:
    reply = site.get(path, **headers)
    assert reply.status in {400, 414, 431}
    assert "gunicorn" not in reply.text.lower()


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(
            b"POST /receive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc", id="body"
        ),
        pytest.param(b"GET /count HTTP/1.1\r\nHost: local", id="head"),
    ],
)
def test_s174_a_client_that_sends_a_byte_now_and_then_is_cut(site: Site, beginning: bytes) -> None:
    began = monotonic()
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as slow:
        slow.sendall(beginning)
        stop = threading.Event()
        drip = threading.Thread(target=drip_until, args=(slow, stop))
        drip.start()
        try:
            while slow.recv(4096):
                pass
        except ConnectionError:
            pass
        finally:
            stop.set()
            drip.join()
    assert monotonic() - began < 6


def test_s174_slow_clients_hold_no_thread_for_long(site: Site) -> None:
    """More of them than the workers have threads; the honest visitor waits, then is served."""
    within(5, lambda: all_served(site))
    slow = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(20)]
    try:
        for client in slow:
            client.sendall(b"POST /receive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc")
        assert site.get("/count").status == 200
    finally:
        for client in slow:
            client.close()


def test_every_line_of_the_server_is_json(site: Site) -> None:
    lines = [json.loads(line) for line in site.log.read_text().splitlines()]
    assert all({"event", "level", "at"} <= line.keys() for line in lines)


def all_served(site: Site) -> bool:
    """Many at once, so that each worker holds several connections."""
    with ThreadPoolExecutor(8) as visitors:
        return {reply.status for reply in visitors.map(site.get, ["/count"] * 40)} == {200}


def drip_until(client: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.3):
        try:
            client.sendall(b"a")
        except OSError:
            return
