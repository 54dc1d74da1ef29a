"""What must be done after a transaction has committed: first a row written in it, then drained.

Delivery is at least once: a worker killed between the act and its acknowledgement leaves the row to another
one, so every handler must bear being run twice with the same payload. A handler's own database writes
commit with the acknowledgement, hence exactly once.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from proconnect.kernel.encryption import register_sealed, seal, unseal
from proconnect.platform.models import OutboxMessage

Handler = Callable[[dict[str, Any]], None]

LONGEST_WAIT = timedelta(minutes=1)
MOST_ATTEMPTS = 60  # about an hour

log = structlog.get_logger("outbox")
_handlers: dict[str, Handler] = {}


class GiveUp(Exception):
    """Raised by a handler that will never succeed: the row is dead at once."""


def task(name: str) -> Callable[[Handler], Handler]:
    """Names the handler of a task. For modules called ``tasks``: each app's is imported at start."""

    def register(handler: Handler) -> Handler:
        if name in _handlers:
            raise ValueError(f"two handlers for {name}")
        _handlers[name] = handler
        return handler

    return register


def enqueue(
    task: str, payload: dict[str, Any], *, not_after: datetime | None = None, key: str | None = None
) -> None:
    """Ask for ``task``, in the caller's transaction. With a ``key`` already asked for, does nothing."""
    sealed = seal(json.dumps(payload), context=_context(task))
    message = OutboxMessage(task=task, payload=sealed, not_after=not_after, key=key)
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=key is not None)
    if settings.ENV.broker_url:
        transaction.on_commit(_wake_a_worker)


def drain() -> int:
    """Do all that is due now. Returns how many messages were taken, done or not."""
    bury_the_out_of_date()
    taken = 0
    while take_one():
        taken += 1
    return taken


def bury_the_out_of_date() -> None:
    OutboxMessage.objects.out_of_date().update(dead_at=Now(), payload="", last_error="out of date")


@transaction.atomic
def take_one() -> bool:
    """Do the next due message, held by a row lock that dies with this process. False when none is due."""
    message = OutboxMessage.objects.due().select_for_update(skip_locked=True).order_by("not_before").first()
    if message is None:
        return False
    message.attempts += 1
    try:
        with transaction.atomic():
            _do(message)
    except Exception as error:  # whatever a handler raises, its message is kept and the others go on
        _postpone_or_bury(message, error)
    else:
        message.done_at, message.payload, message.last_error = Now(), "", ""
    message.save(update_fields=["attempts", "not_before", "done_at", "dead_at", "payload", "last_error"])
    return True


def _do(message: OutboxMessage) -> None:
    handler = _handlers[message.task]
    handler(json.loads(unseal(message.payload, context=_context(message.task))))


def _postpone_or_bury(message: OutboxMessage, error: Exception) -> None:
    message.last_error = type(error).__name__  # never its text, which may quote the payload
    if isinstance(error, GiveUp) or message.attempts >= MOST_ATTEMPTS:
        message.dead_at, message.payload = Now(), ""
        log.error("task_dead", task=message.task, message=message.pk, error=message.last_error)
    else:
        message.not_before = Now() + _wait_after(message.attempts)
        log.warning("task_postponed", task=message.task, message=message.pk, error=message.last_error)


def _wait_after(attempts: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(attempts - 1, 10)), LONGEST_WAIT)


def _wake_a_worker() -> None:
    from proconnect.platform.broker import wake_a_worker  # Celery is heavy: loaded only where it serves

    wake_a_worker(settings.ENV.broker_url)


def _context(task: str) -> str:
    return f"outbox:{task}"


register_sealed("platform.OutboxMessage", "payload", lambda message: _context(message.task))
