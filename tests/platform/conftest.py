"""A Redis server of the tests' own, that they may stop; and each store in its two places."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from pytest_django import Settings

from proconnect.platform.redis_store import redis_store
from tests.needs import needs


class RedisServer:
    """On a Unix socket, nothing written to disk: stopping it loses everything, as a cache may."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._command = [binary, "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis(unix_socket_path=str(self.socket)).ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    binary = needs("redis-server")
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(binary, Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def stores_in_redis(redis_server: RedisServer, settings: Settings) -> RedisServer:
    redis_store.cache_clear()  # an earlier test may have left it resting
    redis.Redis(unix_socket_path=str(redis_server.socket)).flushall()
    url = redis_server.url
    settings.ENV = replace(settings.ENV, one_time_url=url, limiter_url=url, sessions_url=url)
    return redis_server


@pytest.fixture(params=["postgresql", "redis"])
def either_place(request: pytest.FixtureRequest) -> str:
    """Runs the test twice: with each kind of store."""
    if request.param == "redis":
        request.getfixturevalue("stores_in_redis")
    return str(request.param)
