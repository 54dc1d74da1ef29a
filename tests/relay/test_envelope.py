"""What goes through the relay's queue is believed when nothing of it was touched, and then alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from proconnect.kernel.outbound import Answer
from proconnect.relay.envelope import (
    LARGEST,
    SKEW,
    BadEnvelope,
    Envelope,
    Keys,
    OutOfDate,
    Purpose,
    read,
    write,
)
from proconnect.relay.messages import (
    Call,
    Failure,
    NotAllowed,
    Outcome,
    read_call,
    read_outcome,
    written_call,
    written_outcome,
)

NOW = 1_800_000_000_000
KEYS = Keys({"k2": bytes(range(32)), "k1": bytes(range(32, 64))})
OTHERS = Keys({"k2": bytes(32)})
ORDER = Envelope(
    purpose=Purpose.ORDER, id="order-1", at=NOW, until=NOW + 4500, content={"client_secret": "swordfish"}
)


def read_order(text: str, *, keys: Keys = KEYS, now: int = NOW) -> Envelope:
    return read(text, keys, Purpose.ORDER, now=now)


def altered(**changes: Any) -> str:
    return json.dumps({**json.loads(write(ORDER, KEYS)), **changes})


def without(name: str) -> str:
    fields = json.loads(write(ORDER, KEYS))
    return json.dumps({each: value for each, value in fields.items() if each != name})


def test_what_is_written_is_read() -> None:
    assert read_order(write(ORDER, KEYS)) == ORDER


def test_each_key_of_the_ring_is_read() -> None:
    former = Keys({"k1": KEYS.shared["k1"]})
    assert read_order(write(ORDER, former)) == ORDER


def test_nothing_secret_is_in_clear() -> None:
    assert "swordfish" not in write(ORDER, KEYS)
    assert "client_secret" not in write(ORDER, KEYS)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(altered(id="order-2"), id="another id"),
        pytest.param(altered(until=NOW + 20_000), id="a longer life"),
        pytest.param(altered(at=NOW - 1), id="another time"),
        pytest.param(altered(purpose="answer"), id="an order that becomes an answer"),
        pytest.param(altered(key="k1"), id="another key of the ring"),
        pytest.param(altered(key="k9"), id="an unknown key"),
        pytest.param(altered(signature="0" * 64), id="another signature"),
        pytest.param(altered(signature="é"), id="a signature that is no hexadecimal"),
        pytest.param(altered(signature=""), id="no signature"),
        pytest.param(altered(version=2), id="another version"),
        pytest.param(altered(version=True), id="a version that is a boolean"),
        pytest.param(altered(until=float(NOW)), id="a time that is no whole number"),
        pytest.param(altered(more=1), id="one field more"),
        pytest.param(without("signature"), id="one field less"),
        pytest.param(
            altered(sealed=json.loads(write(replace(ORDER, id="order-2"), KEYS))["sealed"]),
            id="the content of another order",
        ),
        pytest.param(write(ORDER, OTHERS), id="signed by who does not share our keys"),
        pytest.param(write(replace(ORDER, purpose=Purpose.ANSWER), KEYS), id="an answer, not an order"),
        pytest.param(write(replace(ORDER, until=NOW + 60_000), KEYS), id="a life too long"),
        pytest.param("", id="nothing"),
        pytest.param("[]", id="no object"),
        pytest.param("{" * 2000, id="no JSON"),
        pytest.param('"' + "a" * LARGEST + '"', id="too large"),
    ],
)
def test_whatever_was_touched_is_refused(text: str) -> None:
    with pytest.raises(BadEnvelope):
        read_order(text)


@pytest.mark.parametrize(
    ("now", "is_read"),
    [
        (NOW - SKEW, True),
        (NOW - SKEW - 1, False),
        (NOW + 4500 + SKEW, True),
        (NOW + 4500 + SKEW + 1, False),
    ],
)
def test_what_nobody_waits_for_any_more_is_refused(now: int, *, is_read: bool) -> None:
    if is_read:
        assert read_order(write(ORDER, KEYS), now=now) == ORDER
        return
    with pytest.raises(OutOfDate):
        read_order(write(ORDER, KEYS), now=now)


def test_an_answer_is_that_of_its_order_alone() -> None:
    answer = write(replace(ORDER, purpose=Purpose.ANSWER), KEYS)
    assert read(answer, KEYS, Purpose.ANSWER, now=NOW, id="order-1").id == "order-1"
    with pytest.raises(BadEnvelope):
        read(answer, KEYS, Purpose.ANSWER, now=NOW, id="order-2")


# What they say


@pytest.mark.parametrize(
    "call",
    [
        None,
        Call(url="https://fi.rie.gouv.fr/userinfo", headers={"authorization": "Bearer x"}),
        Call(url="https://fi.rie.gouv.fr/token", headers={}, form={"code": "x"}),
        Call(url="https://fi.rie.gouv.fr/token", headers={}, form={}),
    ],
)
def test_an_order_says_what_was_asked(call: Call | None) -> None:
    assert read_call(written_call(call)) == call


@pytest.mark.parametrize(
    "outcome",
    ["pong", Answer(200, "application/json", b"\x00\xff{}"), Failure("fi", "too slow", is_the_provider=True)],
)
def test_an_answer_says_what_came_of_it(outcome: Outcome) -> None:
    assert read_outcome(written_outcome(outcome)) == outcome


def test_the_clock_of_the_fi_comes_through() -> None:
    told = read_outcome(written_outcome(Answer(200, "", b"", "Sat, 21 Nov 2026 12:00:00 GMT")))
    assert isinstance(told, Answer)
    assert told.date == "Sat, 21 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"url": 1, "headers": {}, "form": None},
        {"url": "x", "headers": {"accept": 1}, "form": None},
        {"url": "x", "headers": {}, "form": {"a": ["b"]}},
        {"ping": 1.5},
    ],
)
def test_what_makes_no_sense_is_no_order(said: dict[str, Any]) -> None:
    with pytest.raises(BadEnvelope):
        read_call(said)


@pytest.mark.parametrize("said", [{}, {"status": "200", "content_type": "", "body": ""}, {"pong": False}])
def test_what_makes_no_sense_is_no_answer(said: dict[str, Any]) -> None:
    with pytest.raises(BadEnvelope):
        read_outcome(said)


LISTED = frozenset({"https://fi.rie.gouv.fr", "https://fi.rie.gouv.fr:8443"})


@pytest.mark.parametrize(
    "url", ["https://fi.rie.gouv.fr/token?a=b", "https://fi.rie.gouv.fr:8443/", "https://fi.rie.gouv.fr"]
)
def test_a_destination_of_the_list_may_be_called(url: str) -> None:
    Call(url=url).check(LISTED)


@pytest.mark.parametrize(
    "call",
    [
        Call(url="https://autre.rie.gouv.fr/"),
        Call(url="https://fi.rie.gouv.fr:444/"),
        Call(url="http://fi.rie.gouv.fr/"),
        Call(url="https://fi.rie.gouv.fr@evil.example/"),
        Call(url="https://a@fi.rie.gouv.fr/"),
        Call(url="https://fi.rie.gouv.fr.evil.example/"),
        Call(url="https://FI.rie.gouv.fr\\@evil.example/"),
        Call(url="file:///etc/passwd"),
        Call(url=""),
        Call(url="https://fi.rie.gouv.fr/", headers={"Host": "evil.example"}),
        Call(url="https://fi.rie.gouv.fr/", headers={"cookie": "a=b"}),
    ],
)
def test_s072_nothing_else_is_called(call: Call) -> None:
    with pytest.raises(NotAllowed):
        call.check(LISTED)
