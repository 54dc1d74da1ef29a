"""Telling a Celery worker, when there is one, that the outbox has something.

Best effort, and never long: a page waits for it. What a lost call leaves, the beat drains.
"""

from functools import cache

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

DRAIN_TASK = "platform.drain_outbox"  # defined in proconnect.celery

log = structlog.get_logger("outbox")


def wake_a_worker(url: str) -> None:
    try:
        _broker(url).send_task(DRAIN_TASK, retry=False, ignore_result=True)
    except OperationalError:
        log.warning("broker_unreachable")


def celery_url(url: str) -> str:
    """Celery's spelling of a Redis on a Unix socket."""
    if not url.startswith("unix://"):
        return url
    path, _, database = url.removeprefix("unix://").partition("?db=")
    return f"redis+socket://{path}?virtual_host={database or 0}"


@cache
def _broker(url: str) -> Celery:
    app = Celery("proconnect", broker=celery_url(url), set_as_current=False)
    at_once = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    app.conf.broker_transport_options = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3, **at_once}
    return app
