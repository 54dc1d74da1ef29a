import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from proconnect.platform import limiter
from proconnect.platform.errors import PlatformError
from proconnect.platform.limiter import Exhausted, Limit, LimiterUnavailable
from proconnect.platform.models import RateWindow
from tests.platform.conftest import RedisServer

THREE_A_MINUTE = Limit(3, timedelta(minutes=1))
GUESSES = Limit(3, timedelta(minutes=1), protects_account=True)
ONE_AN_INSTANT = Limit(1, timedelta(milliseconds=50))

pytestmark = pytest.mark.django_db


def refused(act: Callable[[], None]) -> bool:
    try:
        act()
    except Exhausted:
        return True
    return False


@pytest.mark.usefixtures("either_place")
class TestAnyLimit:
    def test_the_one_too_many_is_refused_with_a_page_that_says_how_long_to_wait(self) -> None:
        for _ in range(3):
            limiter.hit("pages", "203.0.113.9", THREE_A_MINUTE)
        with pytest.raises(Exhausted) as refusal:
            limiter.hit("pages", "203.0.113.9", THREE_A_MINUTE)
        assert refusal.value.error is PlatformError.TOO_MANY
        assert refusal.value.page.status == 429
        assert refusal.value.facts == {"wait": "1 minute", "problem": "pages"}

    def test_another_key_and_another_name_are_not_concerned(self) -> None:
        for _ in range(3):
            limiter.hit("pages", "203.0.113.9", THREE_A_MINUTE)
        limiter.hit("pages", "203.0.113.10", THREE_A_MINUTE)
        limiter.hit("forms", "203.0.113.9", THREE_A_MINUTE)

    def test_the_window_slides(self) -> None:
        limiter.hit("pages", "a", ONE_AN_INSTANT)
        assert refused(lambda: limiter.hit("pages", "a", ONE_AN_INSTANT))
        time.sleep(0.06)
        limiter.hit("pages", "a", ONE_AN_INSTANT)

    def test_a_refused_attempt_does_not_prolong_the_wait(self) -> None:
        limit = Limit(1, timedelta(milliseconds=120))
        limiter.hit("pages", "a", limit)
        time.sleep(0.06)
        assert refused(lambda: limiter.hit("pages", "a", limit))
        time.sleep(0.07)
        limiter.hit("pages", "a", limit)

    def test_looking_counts_nothing(self) -> None:
        for _ in range(10):
            limiter.refuse_if_exhausted("pages", "a", THREE_A_MINUTE)
        limiter.hit("pages", "a", THREE_A_MINUTE)

    def test_failures_pass_until_the_next_attempt(self) -> None:
        for _ in range(4):
            limiter.count_failure("password", "a", THREE_A_MINUTE)
        assert refused(lambda: limiter.refuse_if_exhausted("password", "a", THREE_A_MINUTE))

    def test_s100_giving_back_one_success_does_not_forget_the_failures(self) -> None:
        limiter.hit("password", "a", THREE_A_MINUTE)
        limiter.hit("password", "a", THREE_A_MINUTE)
        limiter.hit("password", "a", THREE_A_MINUTE)
        limiter.give_back("password", "a", THREE_A_MINUTE)
        limiter.hit("password", "a", THREE_A_MINUTE)
        assert refused(lambda: limiter.hit("password", "a", THREE_A_MINUTE))

    def test_giving_back_what_was_never_taken_is_quiet(self) -> None:
        limiter.give_back("password", "never", THREE_A_MINUTE)

    @pytest.mark.django_db(transaction=True)
    def test_s099_twenty_attempts_at_once_share_one_counter(self) -> None:
        def attempt(_: int) -> bool:
            try:
                return refused(lambda: limiter.hit("password", "raced", THREE_A_MINUTE))
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as pool:
            outcomes = list(pool.map(attempt, range(20)))
        assert outcomes.count(False) == 3


@pytest.mark.django_db(transaction=True)
def test_each_call_is_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):  # BEGIN, the statement, COMMIT
        limiter.hit("password", "a", GUESSES)


def test_no_address_is_kept_in_clear() -> None:
    limiter.hit("password", "agent@interieur.gouv.fr", GUESSES)
    assert "interieur" not in RateWindow.objects.get().key


@pytest.mark.django_db(transaction=True)
def test_an_attempt_is_never_counted_in_a_transaction_that_could_forgive_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        limiter.hit("password", "a", GUESSES)


def test_counters_that_protect_accounts_survive_a_flushed_cache(stores_in_redis: RedisServer) -> None:
    for _ in range(3):
        limiter.count_failure("password", "a", GUESSES)
    redis.Redis(unix_socket_path=str(stores_in_redis.socket)).flushall()
    assert refused(lambda: limiter.hit("password", "a", GUESSES))


def test_s168_what_cannot_be_counted_is_not_allowed(stores_in_redis: RedisServer) -> None:
    stores_in_redis.stop()
    try:
        with pytest.raises(LimiterUnavailable):
            limiter.hit("pages", "a", THREE_A_MINUTE)
        with pytest.raises(LimiterUnavailable):
            limiter.refuse_if_exhausted("pages", "a", THREE_A_MINUTE)
    finally:
        stores_in_redis.start()
