"""A worker killed, PostgreSQL stopped: nothing half done, no traceback shown, back to work without a restart."""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from scripts import services
from scripts.services import FORGETFUL, Cluster, redis_if_found
from tests.e2e.trips import OwnService, new_verifier, sign_in_at_the_ministry
from tests.mirrors.browser import Browser
from tests.mirrors.stack import Stack, running_stack

OUTAGE = 20.0  # seconds
RECOVERY = 15.0


@dataclass(frozen=True, slots=True)
class Fragile:
    """An installation whose PostgreSQL a test may stop."""

    stack: Stack
    cluster: Cluster
    socket: Path

    def stop_database(self) -> None:
        self.cluster.stop()

    def start_database(self) -> None:
        self.cluster.start(self.socket)


@contextmanager
def fragile_stack(var: Path, redis_url: str = "") -> Iterator[Fragile]:
    account = services._service_account()
    directory = services._private_directory(account)
    socket = directory / "socket"
    socket.mkdir()
    services._give(socket, account)
    cluster = Cluster(directory / "data", services._newest_programs(account), account, FORGETFUL)
    try:
        with running_stack(var, cluster.start(socket), redis_url) as stack:
            yield Fragile(stack, cluster, socket)
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    with fragile_stack(tmp_path_factory.mktemp("fragile")) as fragile:
        yield fragile


def eventually(succeeds: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if succeeds():
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    return False


def accounts_without_identity(stack: Stack) -> int:
    with stack.database() as database:
        row = database.execute(
            "SELECT count(*) FROM federation_account a WHERE NOT EXISTS "
            "(SELECT FROM federation_accountlink l WHERE l.account_id = a.sub)"
        ).fetchone()
    assert row
    return int(row[0])


def is_our_page_for_an_outage(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and "Traceback" not in answer.text and "<h1" in answer.text


def test_a_worker_killed_in_the_middle_of_a_login_leaves_nothing_half_done(fragile: Fragile) -> None:
    stack, email = fragile.stack, f"victime-{uuid4().hex[:8]}@exemples.gouv.fr"
    stack.order(stack.ministry, faults={"trouble": {"token": {"kind": "slow", "value": 3}}}, logins=1)
    with Browser() as browser:
        login = browser.submit(browser.open(f"{stack.everybody}/connexion"), email=email)
        callback = browser.submit(
            login, button="Se connecter", stop_before=f"{stack.issuer}/oidc-callback"
        ).url
        with ThreadPoolExecutor(1) as elsewhere:
            waiting = elsewhere.submit(browser.client.get, callback)
            time.sleep(1)  # our worker is waiting for the FI's tokens
            stack.kill_workers()
            with pytest.raises(httpx.TransportError):
                waiting.result()

        assert accounts_without_identity(stack) == 0
        assert eventually(lambda: httpx.get(f"{stack.site}/readyz").status_code == 200, RECOVERY)
        login = browser.submit(browser.open(f"{stack.everybody}/connexion"), email=email)
        page = browser.submit(login, button="Se connecter")
        assert page.url == f"{stack.everybody}/moi"
        assert f">{email}<" in page.text


def test_postgresql_stopped_for_twenty_seconds_costs_a_page_and_no_restart(fragile: Fragile) -> None:
    stack = fragile.stack
    service, verifier = OwnService.of(stack), new_verifier()
    with Browser() as browser, Browser() as other:
        email_page = browser.open(f"{stack.everybody}/connexion")
        code = service.code(other, verifier)
        for _ in range(30):  # so that each worker has opened its keys
            httpx.get(f"{stack.issuer}/jwks")
        fragile.stop_database()
        try:
            stopped_at = time.monotonic()
            while time.monotonic() - stopped_at < OUTAGE:
                assert is_our_page_for_an_outage(browser.client.get(service.authorization_url(verifier)))
                assert is_our_page_for_an_outage(browser.client.get(email_page.url))
                assert 500 <= service.exchange(browser.client, code, verifier).status_code < 600
                assert httpx.get(f"{stack.issuer}/jwks").status_code == 200
                assert httpx.get(f"{stack.issuer}/.well-known/openid-configuration").status_code == 200
                assert httpx.get(f"{stack.site}/livez").status_code == 200
                assert httpx.get(f"{stack.site}/readyz").status_code == 503
                time.sleep(1)
        finally:
            fragile.start_database()

        assert eventually(lambda: httpx.get(f"{stack.site}/readyz").status_code == 200, RECOVERY)
        page = sign_in_at_the_ministry(browser, email_page)  # the very page shown before the outage
        assert page.url == f"{stack.everybody}/moi"
        tokens = service.exchange(other.client, service.code(other, verifier), verifier)
        assert tokens.status_code == 200
    assert accounts_without_identity(stack) == 0
    assert all(child.is_alive for child in stack.children.values())
    assert "Traceback" not in httpx.get(f"{stack.site}/inconnue").text


@pytest.mark.needs("redis-server")
def test_discovery_and_keys_are_served_while_postgresql_and_redis_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)  # one of our own, which we may stop
    with (
        ExitStack() as redis,
        fragile_stack(tmp_path, redis.enter_context(redis_if_found()) or "") as fragile,
    ):
        stack = fragile.stack
        told = {url: told_by_every_worker(url) for url in (f"{stack.issuer}/jwks", discovery_of(stack))}
        fragile.stop_database()
        redis.close()
        for url, before in told.items():
            assert told_by_every_worker(url) == before
        silent = httpx.get(OwnService.of(stack).authorization_url(new_verifier(), prompt="none"))
        assert silent.status_code in (303, 503)


def discovery_of(stack: Stack) -> str:
    return f"{stack.issuer}/.well-known/openid-configuration"


def told_by_every_worker(url: str) -> str:
    """One text, whoever answers; thirty connections reach them all."""
    answers = [httpx.get(url) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    (text,) = {answer.text for answer in answers}
    return text
