import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from proconnect.platform import outbox
from proconnect.platform.models import OutboxMessage

pytestmark = pytest.mark.django_db

done: list[dict[str, Any]] = []


@outbox.task("test.note")
def note(payload: dict[str, Any]) -> None:
    done.append(payload)


@outbox.task("test.fail")
def fail(payload: dict[str, Any]) -> None:
    raise ConnectionError(f"no luck with {payload}")


@outbox.task("test.give_up")
def give_up(payload: dict[str, Any]) -> None:
    raise outbox.GiveUp


@outbox.task("test.write_then_fail")
def write_then_fail(payload: dict[str, Any]) -> None:
    outbox.enqueue("test.note", payload)
    raise ConnectionError


started, finish = threading.Event(), threading.Event()


@outbox.task("test.slow")
def wait_to_be_told(payload: dict[str, Any]) -> None:
    started.set()
    finish.wait(5)


def take_one_and_leave() -> None:
    outbox.take_one()
    connection.close()


@pytest.fixture(autouse=True)
def nothing_done_yet() -> Iterator[None]:
    done.clear()
    yield
    done.clear()


def only_message() -> OutboxMessage:
    return OutboxMessage.objects.get()


def make_due(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(not_before=Now())


def test_what_was_asked_is_done_once_and_in_order() -> None:
    outbox.enqueue("test.note", {"n": 1})
    outbox.enqueue("test.note", {"n": 2})
    assert done == []
    assert outbox.drain() == 2
    assert outbox.drain() == 0
    assert done == [{"n": 1}, {"n": 2}]


def test_what_a_rolled_back_transaction_asked_is_never_done() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.enqueue("test.note", {"n": 1})
        raise ZeroDivisionError
    outbox.drain()
    assert done == []


def test_the_same_key_asked_twice_is_done_once() -> None:
    outbox.enqueue("test.note", {"n": 1}, key="logout:sid")
    outbox.enqueue("test.note", {"n": 2}, key="logout:sid")
    outbox.drain()
    outbox.enqueue("test.note", {"n": 3}, key="logout:sid")
    outbox.drain()
    assert done == [{"n": 1}]


def test_the_payload_is_never_in_clear_and_is_gone_once_done() -> None:
    outbox.enqueue("test.note", {"code": "1234567890"})
    assert "1234567890" not in only_message().payload
    outbox.drain()
    assert only_message().payload == ""


def test_an_out_of_date_message_is_not_sent() -> None:
    outbox.enqueue("test.note", {"n": 1}, not_after=datetime.now(UTC) - timedelta(seconds=1))
    outbox.drain()
    assert done == []
    assert (only_message().last_error, only_message().payload) == ("out of date", "")


def test_a_message_that_goes_out_of_date_while_others_are_done_is_not_sent() -> None:
    outbox.enqueue("test.note", {"n": 1}, not_after=datetime.now(UTC) - timedelta(seconds=1))
    assert not outbox.take_one()
    assert done == []


def test_a_failure_is_tried_again_later_without_holding_up_the_others() -> None:
    outbox.enqueue("test.fail", {"code": "1234567890"})
    outbox.enqueue("test.note", {"n": 2})
    outbox.drain()
    assert done == [{"n": 2}]
    failed = OutboxMessage.objects.get(task="test.fail")
    assert (failed.attempts, failed.done_at, failed.dead_at) == (1, None, None)
    assert failed.not_before > failed.created_at
    assert failed.last_error == "ConnectionError", "the text of an error may quote the payload"


def test_the_wait_grows_then_stays_at_a_minute() -> None:
    waits = [outbox._wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 6, 7, 8, 59)]
    assert waits == [1, 2, 4, 32, 60, 60, 60]


def test_after_too_many_attempts_a_message_is_dead() -> None:
    outbox.enqueue("test.fail", {})
    OutboxMessage.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
    outbox.drain()
    assert only_message().dead_at is not None
    assert outbox.drain() == 0


def test_a_handler_that_gives_up_is_not_asked_again() -> None:
    outbox.enqueue("test.give_up", {})
    outbox.drain()
    assert only_message().dead_at is not None


def test_a_task_this_worker_does_not_know_yet_waits_for_one_that_does() -> None:
    outbox.enqueue("test.of_the_next_release", {})
    outbox.drain()
    assert (only_message().dead_at, only_message().done_at) == (None, None)


def test_what_a_failed_handler_wrote_is_undone() -> None:
    outbox.enqueue("test.write_then_fail", {})
    outbox.drain()
    assert list(OutboxMessage.objects.values_list("task", flat=True)) == ["test.write_then_fail"]


def test_two_handlers_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match=r"test\.note"):
        outbox.task("test.note")(fail)


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_do_the_same_thing_at_once() -> None:
    outbox.enqueue("test.slow", {})
    other = threading.Thread(target=take_one_and_leave)
    try:
        other.start()
        assert started.wait(5)
        assert not outbox.take_one()
    finally:
        finish.set()
        other.join()
    assert only_message().done_at is not None


def test_a_broker_that_does_not_answer_loses_nothing(
    settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.ENV = replace(settings.ENV, broker_url="redis://127.0.0.1:1/0")
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        outbox.enqueue("test.note", {"n": 1})
    assert time.monotonic() - began < 3, "a page waited for the broker"
    outbox.drain()
    assert done == [{"n": 1}]
