"""Hand-written statements of the hot path: planned once per connection, then executed by libpq without more ado.

A cursor costs twice what PostgreSQL and the network do; where a statement runs ten times in a sign-in, that shows. In
a transaction, which psycopg alone knows how to begin, they go by a cursor like any other.
"""

import re
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connections
from psycopg import errors, pq
from psycopg.pq.abc import PGconn, PGresult

from proconnect.platform.postgresql.base import DatabaseWrapper

Row = tuple[Any, ...]
Values = Mapping[str, Any]

_SUCCESSES = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's


class Statement:
    """``%(name)s`` for a value, as everywhere. Rows hold text, UUID, numbers, booleans, bytes and moments in UTC."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._names = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
        places = {name: f"${place}" for place, name in enumerate(self._names, 1)}
        self._numbered = re.sub(r"%\((\w+)\)s", lambda found: places[found[1]], sql).encode()
        self._name = b"ours_" + sha256(self._numbered).hexdigest()[:32].encode()  # one text, one plan

    def first(self, values: Values) -> Row | None:
        """The first row, or None when there is none."""
        ours = _connection()
        if ours.in_atomic_block:
            with ours.prepared_cursor() as cursor:
                cursor.execute(self._sql, values)
                row: Row | None = cursor.fetchone()
            return row
        with ours.wrap_database_errors:
            result = self._executed(ours, values)
            return _row(result) if result.ntuples else None

    def run(self, values: Values) -> int:
        """How many rows it touched."""
        ours = _connection()
        if ours.in_atomic_block:
            with ours.prepared_cursor() as cursor:
                cursor.execute(self._sql, values)
                touched: int = cursor.rowcount
            return touched
        with ours.wrap_database_errors:
            return self._executed(ours, values).command_tuples or 0

    def _executed(self, ours: DatabaseWrapper, values: Values) -> PGresult:
        ours.ensure_connection()
        assert ours.connection is not None
        pgconn = ours.connection.pgconn
        given = [values[name] for name in self._names]
        if self._name not in ours.planned:
            _checked(pgconn.prepare(self._name, self._numbered, [_oid(value) for value in given]), pgconn)
            ours.planned.add(self._name)
        return _checked(
            pgconn.exec_prepared(
                self._name,
                [_written(value) for value in given],
                [_BINARY if type(value) is bytes else _TEXT for value in given],
                _BINARY,
            ),
            pgconn,
        )


def _connection() -> DatabaseWrapper:
    ours = connections["default"]
    assert isinstance(ours, DatabaseWrapper)
    return ours


def _checked(result: PGresult, pgconn: PGconn) -> PGresult:
    """Raises psycopg's error of this result."""
    if result.status in _SUCCESSES:
        return result
    if pgconn.status == pq.ConnStatus.BAD:
        raise errors.OperationalError("the connection is lost")
    raise errors.error_from_result(result)


# Values, as text


_TEXT, _BINARY = pq.Format.TEXT, pq.Format.BINARY
_OIDS: Mapping[type, int] = {UUID: 2950, bool: 16, int: 20, bytes: 17, datetime: 1184, timedelta: 1186}


def _oid(value: Any) -> int:
    """Of pg_type; 0 for a text, whose type is what the statement makes of it."""
    return _OIDS.get(type(value), 0)


def _written(value: Any) -> bytes | None:
    write = _WRITERS.get(type(value), _as_text)
    return write(value)


def _as_text(value: object) -> bytes:
    return str(value).encode()


_WRITERS: Mapping[type, Callable[[Any], bytes | None]] = {
    str: str.encode,
    bytes: lambda value: value,
    type(None): lambda value: None,
    datetime: lambda value: value.isoformat().encode(),
    timedelta: lambda value: b"%f seconds" % value.total_seconds(),
}


# Rows, in PostgreSQL's binary form


def _row(result: PGresult) -> Row:
    held = [(result.get_value(0, column), result.ftype(column)) for column in range(result.nfields)]
    return tuple([None if value is None else _READERS[kind](value) for value, kind in held])


def _moment(held: bytes) -> datetime:
    return _EPOCH + timedelta(microseconds=_INT8.unpack(held)[0])


def _text(held: bytes) -> str:
    return held.decode()


_INT4, _INT8 = struct.Struct("!i"), struct.Struct("!q")
_READERS: Mapping[int, Callable[[bytes], Any]] = {
    16: lambda held: held == b"\x01",
    17: bytes,
    20: lambda held: _INT8.unpack(held)[0],
    23: lambda held: _INT4.unpack(held)[0],
    25: _text,
    1043: _text,
    1184: _moment,
    2950: lambda held: UUID(bytes=held),
    3802: lambda held: held[1:].decode(),  # jsonb, after its version: its text, as Django's cursors give it
}
