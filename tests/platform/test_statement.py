"""Statements of the hot path say the same by libpq as by a cursor, and fail as Django's own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, OperationalError, connection, connections, transaction

from proconnect.platform.postgresql.base import DatabaseWrapper
from proconnect.platform.postgresql.statement import Statement

pytestmark = pytest.mark.django_db(transaction=True)

IDENTIFIER = UUID("8e7f6a54-0a9c-4c8e-9b5e-3a1d0f2b4c6d")
MOMENT = datetime(2026, 11, 21, 14, 30, 15, 123456, tzinfo=UTC)
EVERYTHING = Statement("""
    SELECT %(text)s::text, %(identifier)s, %(number)s, %(yes)s, %(raw)s, %(moment)s, %(moment)s + %(day)s,
        %(nothing)s::text, 7::int, jsonb_build_object('a', %(text)s::text), %(text)s::varchar(20)
""")
GIVEN: dict[str, Any] = {
    "text": "l’été, %s ou $1 ?",
    "identifier": IDENTIFIER,
    "number": 2**40,
    "yes": True,
    "raw": b"\x00\xff",
    "moment": MOMENT,
    "day": timedelta(days=1, microseconds=1),
    "nothing": None,
}
TOLD = (
    "l’été, %s ou $1 ?",
    IDENTIFIER,
    2**40,
    True,
    b"\x00\xff",
    MOMENT,
    MOMENT + timedelta(days=1, microseconds=1),
    None,
    7,
    '{"a": "l’été, %s ou $1 ?"}',
    "l’été, %s ou $1 ?",
)


def test_values_and_rows_keep_their_kinds() -> None:
    assert EVERYTHING.first(GIVEN) == TOLD


def test_in_a_transaction_it_says_the_same() -> None:
    with transaction.atomic():
        assert EVERYTHING.first(GIVEN) == TOLD


def test_it_is_planned_once_per_connection() -> None:
    EVERYTHING.first(GIVEN)
    EVERYTHING.first(GIVEN)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%jsonb_build_object%'"
        )
        assert cursor.fetchone() == (1,)
    connection.close()
    assert EVERYTHING.first(GIVEN) == TOLD


def test_a_statement_is_never_taken_for_one_that_is_gone() -> None:
    """Python gives the place of an object that died to the next one."""
    assert [Statement(f"SELECT {number}").first({}) for number in range(50)] == [
        (number,) for number in range(50)
    ]


def test_what_it_writes_in_a_transaction_goes_with_it() -> None:
    """libpq alone would write it before psycopg has begun."""
    count = Statement("SELECT count(*) FROM federation_configurationversion WHERE id = 1")
    forget = Statement("DELETE FROM federation_configurationversion WHERE id = 1")
    before = count.first({})
    with transaction.atomic():
        forget.run({})
        transaction.set_rollback(True)
    assert count.first({}) == before


def test_no_row_is_none_and_touched_rows_are_counted() -> None:
    assert Statement("SELECT 1 WHERE %(yes)s").first({"yes": False}) is None
    assert Statement("UPDATE federation_client SET name = %(name)s WHERE false").run({"name": "x"}) == 0


def test_an_error_is_django_s_and_the_next_statement_is_served() -> None:
    divide = Statement("SELECT 1 / %(by)s")
    with pytest.raises(DataError, match="division by zero"):
        divide.first({"by": 0})
    assert divide.first({"by": 1}) == (1,)


def test_f03_a_lasting_connection_that_the_server_closed_is_opened_again() -> None:
    ours = connections["default"]
    assert isinstance(ours, DatabaseWrapper)
    lasted, ours.lasts = ours.lasts, True
    try:
        backend = Statement("SELECT pg_backend_pid()")
        [pid] = backend.first({}) or (None,)
        _end_from_elsewhere(pid)
        assert backend.first({}) not in (None, (pid,))
    finally:
        ours.lasts = lasted
        ours.close()


def test_f03_a_connection_cut_under_a_statement_is_an_outage_and_no_more() -> None:
    sleep = Statement("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError):
        sleep.first({})
    connection.close_if_unusable_or_obsolete()
    assert EVERYTHING.first(GIVEN) == TOLD


def _end_from_elsewhere(pid: int) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
    finally:
        other.close()
