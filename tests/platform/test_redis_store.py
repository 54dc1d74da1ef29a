import socket
from pathlib import Path
from time import monotonic, sleep

import pytest

from proconnect.platform.redis_store import REST, RedisStore, StoreUnavailable
from tests.platform.conftest import RedisServer


def test_f13_a_server_that_is_slow_costs_a_fraction_of_a_second_once(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:  # accepts, never answers
        mute.bind(str(tmp_path / "mute.sock"))
        mute.listen()
        store = RedisStore(f"unix://{tmp_path}/mute.sock")
        assert refusal_takes(store) < 0.7
        assert refusal_takes(store) < 0.05


def test_r18_a_server_restarted_empty_is_used_again_within_two_seconds(stores_in_redis: RedisServer) -> None:
    store = RedisStore(stores_in_redis.url)
    store.command("SET", "session", "open")
    stores_in_redis.stop()
    refusal_takes(store)
    stores_in_redis.start()
    sleep(REST)
    assert store.command("GET", "session") is None


def test_a_connection_the_server_closed_while_idle_is_no_failure(stores_in_redis: RedisServer) -> None:
    store = RedisStore(stores_in_redis.url)
    store.command("PING")
    stores_in_redis.stop()
    stores_in_redis.start()
    assert store.command("PING")


def test_a_server_that_refuses_to_write_is_unavailable_too(stores_in_redis: RedisServer) -> None:
    store = RedisStore(stores_in_redis.url)
    store.command("CONFIG", "SET", "maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailable):
            store.command("SET", "session", "open")
    finally:
        store.command("CONFIG", "SET", "maxmemory", "0")


def refusal_takes(store: RedisStore) -> float:
    began = monotonic()
    with pytest.raises(StoreUnavailable):
        store.command("PING")
    return monotonic() - began
