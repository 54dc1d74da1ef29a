import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from proconnect.platform import one_time
from proconnect.platform.models import OneTimeThing

T = TypeVar("T")
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(milliseconds=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("either_place")]


def test_a_thing_is_read_as_it_was_put_and_stays() -> None:
    one_time.put("journey", "a", {"email": "agent@interieur.gouv.fr", "tabs": [1, 2]}, MINUTE)
    assert one_time.read("journey", "a") == {"email": "agent@interieur.gouv.fr", "tabs": [1, 2]}
    assert one_time.read("journey", "a") is not None


def test_a_thing_is_taken_once() -> None:
    one_time.put("ticket", "a", {"sub": "1"}, MINUTE)
    assert one_time.take("ticket", "a") == {"sub": "1"}
    assert one_time.take("ticket", "a") is None
    assert one_time.read("ticket", "a") is None


def test_two_kinds_do_not_share_their_keys() -> None:
    one_time.put("ticket", "a", {"n": 1}, MINUTE)
    one_time.put("journey", "a", {"n": 2}, MINUTE)
    assert one_time.take("ticket", "a") == {"n": 1}
    assert one_time.take("journey", "a") == {"n": 2}


def test_putting_again_replaces() -> None:
    one_time.put("journey", "a", {"n": 1}, MINUTE)
    one_time.put("journey", "a", {"n": 2}, MINUTE)
    assert one_time.read("journey", "a") == {"n": 2}


def test_what_has_expired_is_neither_read_nor_taken() -> None:
    one_time.put("journey", "a", {"n": 1}, INSTANT)
    time.sleep(0.01)
    assert one_time.read("journey", "a") is None
    assert one_time.take("journey", "a") is None


def test_an_identifier_already_seen_is_told() -> None:
    assert one_time.put("jti", "a", {}, MINUTE, only_if_absent=True)
    assert not one_time.put("jti", "a", {}, MINUTE, only_if_absent=True)


def test_an_identifier_seen_long_ago_is_new_again() -> None:
    one_time.put("jti", "a", {}, INSTANT, only_if_absent=True)
    time.sleep(0.01)
    assert one_time.put("jti", "a", {}, MINUTE, only_if_absent=True)


def test_forgetting_what_is_absent_is_quiet() -> None:
    one_time.forget("journey", "never")


def test_failures_add_up_and_are_forgotten_together() -> None:
    assert [one_time.count_failure("code", "a", MINUTE) for _ in range(3)] == [1, 2, 3]
    assert one_time.count_failure("code", "b", MINUTE) == 1
    one_time.forget_failures("code", "a")
    assert one_time.count_failure("code", "a", MINUTE) == 1


def test_failures_are_forgotten_a_lifetime_after_the_first() -> None:
    one_time.count_failure("code", "a", timedelta(milliseconds=50))
    one_time.count_failure("code", "a", MINUTE)
    time.sleep(0.06)
    assert one_time.count_failure("code", "a", MINUTE) == 1


def test_a_key_with_strange_characters_is_only_a_key() -> None:
    one_time.put("journey", "}{:%s'\n", {"n": 1}, MINUTE)
    assert one_time.take("journey", "}{:%s'\n") == {"n": 1}


@pytest.mark.django_db(transaction=True)
def test_of_twenty_takers_one_gets_it() -> None:
    one_time.put("ticket", "raced", {"sub": "1"}, MINUTE)
    taken = at_once(20, lambda: one_time.take("ticket", "raced"))
    assert taken.count({"sub": "1"}) == 1
    assert taken.count(None) == 19


@pytest.mark.django_db(transaction=True)
def test_of_twenty_replays_one_is_first() -> None:
    first = at_once(20, lambda: one_time.put("jti", "raced", {}, MINUTE, only_if_absent=True))
    assert first.count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_failures_at_once_are_all_counted() -> None:
    counted = at_once(20, lambda: one_time.count_failure("code", "raced", MINUTE))
    assert sorted(counted) == list(range(1, 21))


def at_once(times: int, act: Callable[[], T]) -> list[T]:
    def alone(_: int) -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(alone, range(times)))


class TestInPostgresql:
    @pytest.fixture
    def either_place(self) -> None:
        """PostgreSQL alone."""

    def test_each_call_is_one_statement(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            one_time.put("journey", "a", {"n": 1}, MINUTE)
        with django_assert_num_queries(1):
            one_time.read("journey", "a")
        with django_assert_num_queries(1):
            one_time.take("journey", "a")

    def test_nothing_that_names_a_person_is_kept_in_clear(self) -> None:
        one_time.put("journey", "a", {"email": "agent@interieur.gouv.fr"}, MINUTE)
        assert "interieur" not in OneTimeThing.objects.get().sealed

    def test_a_value_moved_to_another_key_is_not_read(self) -> None:
        one_time.put("ticket", "mine", {"sub": "me"}, MINUTE)
        one_time.put("ticket", "yours", {"sub": "you"}, MINUTE)
        OneTimeThing.objects.filter(key="yours").update(sealed=OneTimeThing.objects.get(key="mine").sealed)
        assert one_time.read("ticket", "yours") is None

    @pytest.mark.django_db(transaction=True)
    def test_a_failure_is_never_counted_in_a_transaction_that_could_forgive_it(self) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            one_time.count_failure("code", "a", MINUTE)

    @pytest.mark.django_db(transaction=True)
    def test_what_a_rolled_back_transaction_took_is_still_there(self) -> None:
        one_time.put("ticket", "a", {"sub": "1"}, MINUTE)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            one_time.take("ticket", "a")
            raise ZeroDivisionError
        assert one_time.take("ticket", "a") == {"sub": "1"}
