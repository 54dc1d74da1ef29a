"""Both sides of the relay over a real Redis: who is answered, who is not, and how soon one knows."""

import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from proconnect.kernel import outbound
from proconnect.kernel.outbound import Answer
from proconnect.relay.answering import Relay as Answering
from proconnect.relay.asking import Relay as Asking
from proconnect.relay.envelope import Envelope, Keys, Purpose, new_id, write
from proconnect.relay.failures import EnvelopeRefused, RelayFailed, RelaySilent
from proconnect.relay.messages import Call, written_call
from proconnect.relay.queue import HEARTBEAT, ORDERS, Queue, answers_to
from tests.kernel.outbound.conftest import RawServer, raw_server, response, saying, silent
from tests.mirrors.relay import RELAY_KEYS, relaying

ROOT = Path(__file__).resolve().parents[2]
KEYS = Keys(RELAY_KEYS)
BODY = b'{"sub": "camille"}'


@pytest.fixture
def url(redis_url: str) -> Iterator[str]:
    yield f"{redis_url.partition('?')[0]}?db=8"
    outbound.gate.cache_clear()


@pytest.fixture
def asking(url: str) -> Asking:
    return Asking(Queue(url), KEYS)


@pytest.fixture
def store(url: str) -> Iterator["redis.Redis"]:
    with closing(redis.Redis.from_url(url, decode_responses=True)) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def provider() -> Iterator[RawServer]:
    with raw_server(saying(response(BODY, b"Content-Type: application/json"))) as server:
        yield server


def origin(server: RawServer) -> str:
    return server.url.rstrip("/")


def order(call: Call | None, *, keys: Keys = KEYS, ahead: int = 0, lasts: int = 4500) -> tuple[str, str]:
    """Its id, and what is laid in the queue."""
    now = time.time_ns() // 1_000_000 + ahead
    envelope = Envelope(
        purpose=Purpose.ORDER, id=new_id(), at=now, until=now + lasts, content=written_call(call)
    )
    return envelope.id, write(envelope, keys)


def test_a_get_and_a_form_go_through(asking: Asking, url: str, provider: RawServer) -> None:
    with relaying(url, RELAY_KEYS, {origin(provider)}):
        read = asking.ask(Call(url=f"{provider.url}userinfo", headers={"authorization": "Bearer sesame"}))
        sent = asking.ask(Call(url=f"{provider.url}token", headers={}, form={"code": "abc"}))
    assert read == sent == Answer(200, "application/json", BODY)
    assert provider.requests[0].startswith(b"GET /userinfo ")
    assert b"authorization: Bearer sesame" in provider.requests[0]
    assert provider.requests[1].startswith(b"POST /token ")


def test_s072_a_destination_that_is_not_listed_is_not_called(
    asking: Asking, url: str, provider: RawServer
) -> None:
    with relaying(url, RELAY_KEYS, {"https://fi.rie.gouv.fr"}), pytest.raises(RelayFailed) as failure:
        asking.ask(Call(url=provider.url))
    assert not failure.value.is_the_provider
    assert provider.connections == 0


def test_a_provider_out_of_reach_is_told_from_a_relay_out_of_reach(asking: Asking, url: str) -> None:
    with relaying(url, RELAY_KEYS, {"http://127.0.0.1:9"}), pytest.raises(RelayFailed) as failure:
        asking.ask(Call(url="http://127.0.0.1:9/"))
    assert failure.value.is_the_provider


def test_a_provider_that_is_silent_is_given_up_in_time(asking: Asking, url: str) -> None:
    with raw_server(silent) as server, relaying(url, RELAY_KEYS, {origin(server)}):
        began = time.monotonic()
        with pytest.raises(RelayFailed) as failure:
            asking.ask(Call(url=server.url))
        assert failure.value.is_the_provider
        assert time.monotonic() - began < 5


def test_without_a_relay_one_knows_at_once(asking: Asking, store: Any) -> None:
    began = time.monotonic()
    with pytest.raises(RelaySilent, match="no sign of life"):
        asking.ask(Call(url="https://fi.rie.gouv.fr/"))
    assert time.monotonic() - began < 0.5
    assert store.llen(ORDERS) == 0


def test_without_a_queue_one_knows_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RelaySilent, match="queue"):
        Asking(Queue(f"unix://{tmp_path}/none.sock"), KEYS).ask(Call(url="https://fi.rie.gouv.fr/"))
    assert time.monotonic() - began < 1


def test_a_relay_that_dies_with_an_order_is_given_up_within_five_seconds(
    asking: Asking, url: str, store: Any
) -> None:
    with relaying(url, RELAY_KEYS, {"https://fi.rie.gouv.fr"}) as relay:
        beat = store.get(HEARTBEAT)
        relay.stop()
    store.set(HEARTBEAT, beat, px=3000)
    began = time.monotonic()
    with pytest.raises(RelaySilent, match="in time"):
        asking.ask(Call(url="https://fi.rie.gouv.fr/"))
    assert time.monotonic() - began < 5


def test_a_relay_that_is_stopped_says_so(asking: Asking, url: str) -> None:
    with relaying(url, RELAY_KEYS, {"https://fi.rie.gouv.fr"}):
        asking.ping()
    with pytest.raises(RelaySilent, match="no sign of life"):
        asking.ping()


def test_a_relay_with_other_keys_is_not_believed(asking: Asking, url: str) -> None:
    with relaying(url, {"k1": bytes(32)}, {"https://fi.rie.gouv.fr"}), pytest.raises(EnvelopeRefused):
        asking.ping()


def test_the_largest_answer_of_a_provider_goes_through(asking: Asking, url: str) -> None:
    body = b"a" * outbound.LARGEST_BODY
    with raw_server(saying(response(body))) as server, relaying(url, RELAY_KEYS, {origin(server)}):
        assert asking.ask(Call(url=server.url)).body == body


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_relay_that_has_lost_a_thread_ends_rather_than_seem_alive(
    url: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Answering(Queue(url), KEYS, frozenset({"https://fi.rie.gouv.fr"}))
    monkeypatch.setattr(relay, "answer_one", lambda: sys.exit("a fault nobody foresaw"))
    assert not relay.run(threads=2)
    assert not store.exists(HEARTBEAT)


# What the queue holds is not believed because it is there


def test_f17_an_order_serves_once(url: str, store: Any, provider: RawServer) -> None:
    order_id, text = order(Call(url=provider.url))
    relays = [Answering(Queue(url), KEYS, frozenset({origin(provider)})) for _ in range(2)]
    for relay in (relays[0], relays[0], relays[1]):
        store.rpush(ORDERS, text)
        relay.answer_one()
    assert provider.connections == 1
    assert store.llen(answers_to(order_id)) == 1


def test_nor_does_it_serve_again_when_the_queue_has_forgotten(
    url: str, store: Any, provider: RawServer
) -> None:
    _, text = order(Call(url=provider.url))
    relay = Answering(Queue(url), KEYS, frozenset({origin(provider)}))
    for _ in range(2):
        store.flushdb()
        store.rpush(ORDERS, text)
        relay.answer_one()
    assert provider.connections == 1


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda call: order(call, ahead=-10_000), id="out of date"),
        pytest.param(lambda call: order(call, keys=Keys({"k1": bytes(32)})), id="signed by another"),
        pytest.param(lambda call: ("none", "garbage"), id="garbage"),
    ],
)
def test_an_order_that_is_none_is_dropped(
    url: str, store: Any, provider: RawServer, written: Callable[[Call], tuple[str, str]]
) -> None:
    order_id, text = written(Call(url=provider.url))
    store.rpush(ORDERS, text)
    Answering(Queue(url), KEYS, frozenset({origin(provider)})).answer_one()
    assert provider.connections == 0
    assert store.llen(answers_to(order_id)) == 0


def test_the_answer_to_another_order_is_refused(
    asking: Asking, url: str, store: Any, monkeypatch: Any
) -> None:
    """Whoever writes to the queue lays an answer that was given to somebody else."""
    with relaying(url, RELAY_KEYS, {"https://fi.rie.gouv.fr"}):
        store.rpush(ORDERS, order(None)[1])
        while not (keys := store.keys("{relay}:answers:*")):
            time.sleep(0.01)
        stolen = store.lpop(keys[0])
        monkeypatch.setattr("proconnect.relay.asking.new_id", lambda: "mine")
        store.rpush(answers_to("mine"), stolen)
        with pytest.raises(EnvelopeRefused):
            asking.ping()


def test_nothing_of_a_call_can_be_read_in_the_queue(asking: Asking, store: Any, url: str) -> None:
    with relaying(url, RELAY_KEYS, {"https://fi.rie.gouv.fr"}) as relay:
        beat = store.get(HEARTBEAT)
        relay.stop()
    store.set(HEARTBEAT, beat, px=3000)
    with outbound.at_most(timedelta(seconds=0.1)), pytest.raises(RelaySilent):
        asking.ask(Call(url="https://fi.rie.gouv.fr/token", form={"client_secret": "swordfish"}))
    (kept,) = store.lrange(ORDERS, 0, -1)
    assert "swordfish" not in kept
    assert "fi.rie" not in kept


# The process


def environment(url: str, **more: str) -> dict[str, str]:
    key = b64encode(RELAY_KEYS["k1"]).decode()
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return plain | {"RELAY_URL": url, "RELAY_KEYS": f"k1:{key}", **more}


def test_the_process_knows_neither_site_nor_database(url: str) -> None:
    """It needs none of their variables, and loads none of their code."""
    code = (
        "import sys; sys.argv = ['manage.py', 'relay', '--help'];"
        "import atexit, manage; atexit.register(lambda: print(sorted(sys.modules))); manage.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(url, RELAY_DESTINATIONS="https://fi.rie.gouv.fr"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'proconnect.relay.answering'" in done.stdout
    for name in ("psycopg", "federation", "identite", "proconnect.platform", "django.contrib.auth"):
        assert f"'{name}'" not in done.stdout, name


@pytest.mark.parametrize("missing", ["RELAY_URL", "RELAY_KEYS", "RELAY_DESTINATIONS"])
def test_the_process_says_in_one_line_what_it_lacks(url: str, missing: str) -> None:
    known = environment(url, RELAY_DESTINATIONS="https://fi.rie.gouv.fr")
    del known[missing]
    done = subprocess.run(
        [sys.executable, "manage.py", "relay"],
        env=known,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == f"Configuration error: {missing} is missing"


def test_the_process_answers_then_ends_when_told(
    asking: Asking, url: str, store: Any, provider: RawServer
) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "relay"],
        env=environment(url, RELAY_DESTINATIONS=origin(provider), ALLOW_PRIVATE_ADDRESSES="yes"),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while not store.exists(HEARTBEAT) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert asking.ask(Call(url=provider.url)).body == BODY
    finally:
        process.terminate()
    assert process.wait(10) == 0
    with pytest.raises(RelaySilent):
        asking.ping()
