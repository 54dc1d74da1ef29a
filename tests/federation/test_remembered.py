"""A FI's public document: fetched seldom, shared between processes, kept for a day when the FI is silent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from federation.remembered import Remembered, Unavailable
from proconnect.kernel.outbound import OutboundFailure, Resting, Unreachable, at_most

MINUTE = 60.0
HOUR = 60 * MINUTE


class Source:
    """A FI that serves a numbered document, and a clock."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.version = 1
        self.fetches = 0
        self.failure: OutboundFailure | ValueError | None = None

    def fetch(self) -> dict[str, Any]:
        self.fetches += 1
        if self.failure:
            raise self.failure
        return {"version": self.version}

    def process(self) -> Remembered[int]:
        """The document as one more process of ours sees it."""
        return Remembered("https://fi/x", fetch=self.fetch, read=read_version, clock=lambda: self.now)


def read_version(document: dict[str, Any]) -> int:
    if not isinstance(document["version"], int):
        raise ValueError("not a version")  # noqa: TRY004
    return document["version"]


@pytest.fixture
def source(db: None) -> Iterator[Source]:
    caches["default"].clear()
    yield Source()
    caches["default"].clear()


def test_it_is_fresh_for_ten_minutes(source: Source) -> None:
    known = source.process()
    for _ in range(3):
        assert known.get() == 1
    source.now += 10 * MINUTE - 1
    known.get()
    assert source.fetches == 1
    source.now += 2
    source.version = 2
    assert known.get() == 2
    assert source.fetches == 2


def test_a_fresh_copy_costs_no_query(source: Source, django_assert_num_queries: Callable[..., Any]) -> None:
    known = source.process()
    known.get()
    with django_assert_num_queries(0):
        known.get()


def test_processes_share_it(source: Source) -> None:
    source.process().get()
    source.version = 2
    assert source.process().get() == 1
    assert source.fetches == 1


@pytest.mark.parametrize("failure", [Unreachable("fi", "refused"), ValueError("not JSON")])
def test_f19_it_serves_for_a_day_when_the_fi_fails(
    source: Source, failure: OutboundFailure | ValueError
) -> None:
    known = source.process()
    known.get()
    source.failure = failure
    source.now += 23 * HOUR
    assert known.get() == 1
    assert source.process().get() == 1
    source.now += HOUR + 1
    with pytest.raises(Unavailable):
        known.get()
    with pytest.raises(Unavailable):
        source.process().get()


def test_f19_each_failure_of_the_fi_is_told_with_the_age_of_what_serves(
    source: Source, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    known = source.process()
    known.get()
    source.failure = Unreachable("fi", "refused")
    source.now += 23 * HOUR
    with capture_logs() as traces, django_capture_on_commit_callbacks(execute=True):
        known.get()
        known.get()
    (alert,) = [trace for trace in traces if trace["event"] == "OLD_DOCUMENT_SERVES"]
    assert (alert["document"], alert["age"]) == ("https://fi/x", "23:00:00")
    assert "refused" in alert["reason"]


def test_s074_a_wrong_document_does_not_replace_a_good_one(source: Source) -> None:
    known = source.process()
    known.get()
    source.version = "wrong"  # type: ignore[assignment]
    source.now += HOUR
    assert known.get() == 1
    assert source.process().get() == 1


def test_a_silent_fi_is_not_asked_at_each_login(source: Source) -> None:
    known = source.process()
    known.get()
    source.failure = Unreachable("fi", "refused")
    source.now += HOUR
    for _ in range(5):
        known.get()
    assert source.fetches == 2
    source.now += 31
    known.get()
    assert source.fetches == 3


def test_a_first_failure_says_why_and_is_tried_again(source: Source) -> None:
    source.failure = Unreachable("fi", "refused")
    known = source.process()
    with pytest.raises(Unavailable, match="fi: refused"):
        known.get()
    source.failure = None
    assert known.get() == 1


def test_f18_a_refetch_is_immediate_the_first_time(source: Source) -> None:
    known = source.process()
    known.get()
    source.version = 2
    assert known.refetched() == 2
    assert known.get() == 2


def test_s073_then_at_most_every_minute(source: Source) -> None:
    known = source.process()
    known.get()
    for _ in range(10):
        known.refetched()
    assert source.fetches == 2
    source.now += 59
    known.refetched()
    assert source.fetches == 2
    source.now += 1
    known.refetched()
    assert source.fetches == 3


def test_s073_what_strangers_had_fetched_delays_no_answer_of_the_partner_s_own(source: Source) -> None:
    known = source.process()
    known.get()
    for _ in range(10):
        known.refetched(for_stranger=True)
    assert source.fetches == 2
    source.version = 2
    assert known.refetched() == 2
    for _ in range(10):
        known.refetched(for_stranger=True)
    assert source.fetches == 3


def test_s073_other_processes_take_what_one_refetched(source: Source) -> None:
    one, other = source.process(), source.process()
    one.get()
    other.get()
    source.version = 2
    source.now += 1
    assert one.refetched() == 2
    assert other.refetched() == 2
    assert source.fetches == 2


def test_a_failed_refetch_leaves_what_was_known(source: Source) -> None:
    known = source.process()
    known.get()
    source.failure = Unreachable("fi", "refused")
    assert known.refetched() == 1


def test_a_refetch_with_nothing_known_fails_like_a_fetch(source: Source) -> None:
    source.failure = Unreachable("fi", "refused")
    known = source.process()
    for _ in range(2):
        with pytest.raises(Unavailable):
            known.refetched()


def fetched_slowly(source: Source, known: Remembered[int]) -> tuple[threading.Thread, threading.Event]:
    """A thread in the middle of its fetch, and what lets it end. What it shares is committed."""
    started, release = threading.Event(), threading.Event()
    honest = source.fetch

    def slow() -> dict[str, Any]:
        started.set()
        release.wait(5)
        return honest()

    def renew() -> None:
        with suppress(Unavailable):
            known.get()
        connection.close()

    known._fetch = slow
    thread = threading.Thread(target=renew)
    thread.start()
    assert started.wait(5)
    return thread, release


@pytest.mark.django_db(transaction=True)
def test_one_thread_fetches_and_the_others_go_on(source: Source) -> None:
    known = source.process()
    known.get()
    source.now += 11 * MINUTE
    slow_one, release = fetched_slowly(source, known)
    assert known.get() == 1
    release.set()
    slow_one.join()
    assert source.fetches == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [None, Unreachable("fi", "refused")])
def test_those_who_must_wait_take_the_outcome_of_the_one_who_fetches(
    source: Source, failure: OutboundFailure | None
) -> None:
    source.failure = failure
    known = source.process()
    slow_one, release = fetched_slowly(source, known)
    threading.Timer(0.2, release.set).start()
    if failure:
        with pytest.raises(Unavailable, match="refused"):
            known.get()
    else:
        assert known.get() == 1
    slow_one.join()
    assert source.fetches == 1


@pytest.mark.django_db(transaction=True)
def test_f16_nobody_waits_longer_than_their_own_step(source: Source) -> None:
    known = source.process()
    slow_one, release = fetched_slowly(source, known)
    with at_most(timedelta(seconds=0.1)), pytest.raises(Unavailable):
        known.get()
    with at_most(timedelta(seconds=0.1)), pytest.raises(Unavailable):
        known.refetched()
    release.set()
    slow_one.join()


@pytest.mark.django_db(transaction=True)
def test_the_shared_cache_may_be_absent(source: Source) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE platform_cache RENAME TO platform_cache_away")
    try:
        known = source.process()
        assert known.get() == 1
        assert known.refetched() == 1
        assert source.process().get() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE platform_cache_away RENAME TO platform_cache")
    assert source.fetches == 3


@pytest.mark.parametrize(
    "junk", ["", "not JSON", "{}", '{"document": 1, "fetched_at": "x"}', 42, None, b"\x80"]
)
def test_junk_in_the_shared_cache_is_ignored(source: Source, junk: Any) -> None:
    known = source.process()
    caches["default"].set(known._key, junk)
    assert known.get() == 1
    assert source.fetches == 1


def test_a_shared_copy_too_old_is_ignored(source: Source) -> None:
    source.process().get()
    source.now += timedelta(hours=25).total_seconds()
    source.version = 2
    assert source.process().get() == 2


# Whoever fetches or waits holds one of the few threads this FI may hold


class Turns:
    """So many at once; beyond, refused."""

    def __init__(self, left: int) -> None:
        self.left = left

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if not self.left:
            raise Resting("fi", "too many calls to it are running")
        self.left -= 1
        try:
            yield
        finally:
            self.left += 1


def in_turns(source: Source, turns: Turns) -> Remembered[int]:
    return Remembered(
        "https://fi/x", fetch=source.fetch, read=read_version, turn=turns, clock=lambda: source.now
    )


def test_f16_a_fresh_copy_needs_no_turn(source: Source) -> None:
    turns = Turns(1)
    known = in_turns(source, turns)
    assert known.get() == 1
    turns.left = 0
    assert known.get() == 1


def test_f16_without_a_turn_an_older_copy_serves(source: Source) -> None:
    turns = Turns(1)
    known = in_turns(source, turns)
    known.get()
    turns.left = 0
    source.now += HOUR
    assert known.get() == known.refetched() == 1
    assert source.fetches == 1


def test_f16_without_a_turn_and_without_a_copy_one_knows_at_once(source: Source) -> None:
    known = in_turns(source, Turns(0))
    for ask in (known.get, known.refetched):
        with pytest.raises(Unavailable, match="too many calls"):
            ask()
    assert source.fetches == 0
