"""Django's PostgreSQL, whose pool never lends a connection that the server has closed meanwhile.

``CONN_HEALTH_CHECKS`` would ask the server before each request. A server that closed a connection, though, has
already said so: its goodbye waits in our socket, and looking costs no travel.
"""

import select
from typing import Any

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


def was_closed_by_the_server(connection: Connection[Any]) -> bool:
    """Whether an idle connection has something to read: only a goodbye comes unasked to who never listens."""
    if connection.closed:
        return True
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(0))
