"""Django's PostgreSQL, whose pool never lends a connection that the server has closed meanwhile.

``CONN_HEALTH_CHECKS`` would ask the server before each request. A server that closed a connection, though, has
already said so: its goodbye waits in our socket, and looking costs no travel.
"""

import select
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import Connection, Cursor


class PreparedCursor(base.CursorMixin, Cursor[Any]):
    """Has each statement parsed and planned once per connection, then executed by name.

    Values travel apart from the text. Behind a pooler that hands the connection over at each transaction, it needs one
    that follows names of statements.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=True, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """``lasts``: each thread keeps its connection, for want of a pool. ``planned``: names of the statements that the
    connection at hand has prepared."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lasts = not self.settings_dict["OPTIONS"].get("pool")
        self.planned: set[bytes] = set()

    def connect(self) -> None:
        super().connect()
        self.planned = _planned_by(self.connection)

    def ensure_connection(self) -> None:
        """A lasting connection is looked at before each use, as one of the pool is when lent."""
        lasted = self.lasts and self.connection is not None and not self.in_atomic_block
        if lasted and was_closed_by_the_server(self.connection):
            self.close()
        super().ensure_connection()

    def close_if_unusable_or_obsolete(self) -> None:
        """Asked at the two ends of a request, hence in no transaction but a test's."""
        if not self.in_atomic_block:
            super().close_if_unusable_or_obsolete()

    def prepared_cursor(self) -> CursorWrapper:
        """For statements of the hot path: of the same transaction, with the same errors, as ``cursor()``."""
        with self.wrap_database_errors:
            self.ensure_connection()
            cursor: CursorWrapper = self._prepare_cursor(PreparedCursor(self.connection))  # type: ignore[attr-defined]
        return cursor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """Raises OperationalError when no connection is free in the pool's time, or none can be opened."""
        connection: Connection[Any] = super().get_new_connection(conn_params)
        if not self.pool:
            return connection
        for _ in range(self.pool.max_size):
            if not was_closed_by_the_server(connection):
                break
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


_planned: WeakKeyDictionary[Any, set[bytes]] = WeakKeyDictionary()


def _planned_by(connection: Any) -> set[bytes]:
    """Of a connection that the pool lends again, what it prepared for others is still there."""
    return _planned.setdefault(connection, set())


def was_closed_by_the_server(connection: Connection[Any]) -> bool:
    """Whether an idle connection has something to read: only a goodbye comes unasked to who never listens."""
    if connection.closed:
        return True
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(0))
