"""Monthly partitions of the big tables: made ahead, dropped whole. Each table also has a default one, as a net."""

from collections.abc import Iterator
from datetime import date, timedelta

import structlog
from django.db import IntegrityError, connection, transaction
from psycopg import sql

MONTHS_AHEAD = 3

log = structlog.get_logger("partitions")


def prepare_months(table: str, today: date) -> None:
    """This month's partition and the next ones, where they do not exist yet.

    A month whose lines already went to the default partition stays there, and the others are made all the same.
    """
    for month in _months_from(today, MONTHS_AHEAD + 1):
        try:
            with transaction.atomic():
                _create(table, month)
        except IntegrityError:
            log.warning("month_in_default_partition", table=table, month=f"{month:%Y-%m}")


def drop_months_before(table: str, first_kept: date) -> list[str]:
    """Names of the partitions dropped: those of the months before ``first_kept``'s."""
    old = [name for name in existing(table) if name < _partition(table, first_kept)]
    with connection.cursor() as cursor:
        for name in old:
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
    return old


def existing(table: str) -> list[str]:
    """Monthly partitions, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        names = [str(name) for (name,) in cursor.fetchall()]
    return sorted(name for name in names if name.startswith(f"{table}_2"))


def _create(table: str, month: date) -> None:
    statement = sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})").format(
        sql.Identifier(_partition(table, month)),
        sql.Identifier(table),
        sql.Literal(f"{month:%Y-%m-%d} 00:00:00+00"),
        sql.Literal(f"{_next(month):%Y-%m-%d} 00:00:00+00"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _partition(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def _months_from(today: date, count: int) -> Iterator[date]:
    month = today.replace(day=1)
    for _ in range(count):
        yield month
        month = _next(month)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
