"""The web server: ``gunicorn -c python:proconnect.gunicorn``. Bind, workers and threads come from its own options.

Each request has its line from our own middleware, without its query, so gunicorn's access log stays off.
"""

import socket
from time import monotonic
from typing import Any

import gunicorn.http.wsgi
from gunicorn.workers.gthread import TConn, ThreadWorker

from proconnect.observability import logs

READING_DEADLINE = 15.0  # seconds from the first byte of a request to its last (S-174)

gunicorn.http.wsgi.SERVER = "ProConnect"  # neither name nor version of what serves (S-169)


class DeadlineWorker(ThreadWorker):  # type: ignore[misc]
    """Threads whose client must have sent its whole request in time: a slow one holds no thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadlines: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> Any:
        self._deadlines[conn] = monotonic() + READING_DEADLINE
        try:
            return super().handle(conn)
        finally:
            self._deadlines.pop(conn, None)

    def murder_pending(self) -> None:
        """Called by the main loop every second at most."""
        super().murder_pending()
        for conn, deadline in list(self._deadlines.items()):
            if monotonic() > deadline:
                self._deadlines.pop(conn, None)
                _stop_listening(conn.sock)


def _stop_listening(client: socket.socket) -> None:
    """Our answer may still be written; nothing more is read."""
    try:
        client.shutdown(socket.SHUT_RD)
    except OSError:
        return  # gone already


wsgi_app = "proconnect.wsgi:application"
worker_class = DeadlineWorker
threads = 4
keepalive = 5
timeout = 30
graceful_timeout = 20
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
accesslog = None
logconfig_dict = logs.as_dict("INFO")
logconfig_dict["loggers"]["gunicorn.error"] = {"level": "INFO", "handlers": ["stdout"], "propagate": False}
