"""``proconnect.server``, the web server of production, as a proxy reaches it: journeys are elsewhere, this is what it adds."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPMessage

import psycopg
import pytest

from tests.load.bench import cast, servers
from tests.load.bench.journeys import Visitor
from tests.load.bench.servers import Running
from tests.mirrors.stack import own_database

DISCOVERY = "/api/v2/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_database(os.environ["DATABASE_URL"], f"server_{os.getpid()}") as url:
        yield url


@pytest.fixture(scope="module")
def running(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with servers.ours(tmp_path_factory.mktemp("server"), database, "") as running:
        yield running


@pytest.fixture
def visitor(running: Running) -> Iterator[Visitor]:
    """Who has signed in, at the demo FI."""
    visitor = Visitor(running.server, cast.SERVICES[0])
    visitor.be_ready()
    yield visitor
    visitor.caller.close()


def get(running: Running, path: str) -> tuple[int, HTTPMessage, bytes]:
    with closing(HTTPConnection("localhost", running.server.port, timeout=10)) as connection:
        host = cast.SITE.removeprefix("https://")
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_s169_it_names_neither_itself_nor_its_version(running: Running) -> None:
    status, headers, body = get(running, DISCOVERY)
    assert (status, headers["Server"]) == (200, "ProConnect")
    assert json.loads(body)["issuer"] == f"{cast.SITE}/api/v2"


def test_a_session_that_is_open_gives_tokens_in_silence(visitor: Visitor) -> None:
    for _ in range(3):
        tokens = visitor.redeem(visitor.authorize())
        assert visitor.read_userinfo(tokens["access_token"])


def test_f03_connections_that_the_database_closed_are_opened_again_and_nobody_notices(
    visitor: Visitor, database: str
) -> None:
    """Each thread keeps its own: all are cut, as by a database that restarts."""
    with psycopg.connect(database, autocommit=True) as other:
        cut = other.execute(
            "SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert cut and cut[0] > 0
    for _ in range(6):
        visitor.browser.come_back_later()
        tokens = visitor.redeem(visitor.authorize())
        assert visitor.read_userinfo(tokens["access_token"])


def test_a_code_is_exchanged_once(visitor: Visitor) -> None:
    code = visitor.authorize()
    visitor.redeem(code)
    with pytest.raises(Exception, match="400"):
        visitor.redeem(code)
