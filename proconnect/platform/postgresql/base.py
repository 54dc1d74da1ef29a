"""Django's PostgreSQL, whose pool never lends a connection that the server has closed meanwhile.

``CONN_HEALTH_CHECKS`` would ask the server before each request. A server that closed a connection, though, has
already said so: its goodbye waits in our socket, and looking costs no travel.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection


class DatabaseWrapper(base.DatabaseWrapper):
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
