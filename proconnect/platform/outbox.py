"""What must be done after a transaction has committed: first a row written in it, then drained.

Delivery is at least once: a worker killed between the act and its acknowledgement leaves the row to another
one, so every handler must bear being run twice with the same payload. A handler's own database writes
commit with the acknowledgement, hence exactly once.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from proconnect.kernel.encryption import CannotUnseal, register_sealed, seal, unseal
from proconnect.platform.models import OutboxMessage

Handler = Callable[[dict[str, Any]], None]
Told = Callable[[dict[str, Any]], str]

LONGEST_WAIT = timedelta(minutes=1)
MOST_ATTEMPTS = 60  # about an hour
AHEAD = timedelta(hours=1)  # the oldest of what is due goes first

log = structlog.get_logger("outbox")
_handlers: dict[str, Handler] = {}
_told: dict[str, Told] = {}


class Failed(Exception):
    """Raised by a handler to be tried again later. Its text is kept and shown to operators: it quotes no payload."""


class GiveUp(Failed):
    """Raised by a handler that will never succeed: the row is dead at once."""


def task(name: str, *, told: Told | None = None) -> Callable[[Handler], Handler]:
    """Names the handler of a task. For modules called ``tasks``: each app's is imported at start.

    ``told`` says to an operator on what a message bears. A task that has it keeps its payload when it is given up, so
    that it can be sent again; without it the payload is emptied, and nothing can.
    """

    def register(handler: Handler) -> Handler:
        if name in _handlers:
            raise ValueError(f"two handlers for {name}")
        _handlers[name] = handler
        if told is not None:
            _told[name] = told
        return handler

    return register


def enqueue(
    task: str,
    payload: dict[str, Any],
    *,
    not_after: datetime | None = None,
    key: str | None = None,
    is_awaited: bool = False,
) -> None:
    """Ask for ``task``, in the caller's transaction. With a ``key`` already asked for, does nothing.

    ``is_awaited``: a person waits for it, so it passes before what a program can wait for.
    """
    message = OutboxMessage(task=task, payload=_sealed(task, payload), not_after=not_after, key=key)
    if is_awaited:
        message.not_before = Now() - AHEAD
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=key is not None)
    _wake_on_commit()


def enqueue_all(task: str, payloads: Sequence[dict[str, Any]]) -> None:
    """As many messages of one task, in the caller's transaction."""
    messages = [OutboxMessage(task=task, payload=_sealed(task, payload)) for payload in payloads]
    if messages:
        OutboxMessage.objects.bulk_create(messages, batch_size=1000)
        _wake_on_commit()


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
    _handlers[message.task](_opened(message))


def _postpone_or_bury(message: OutboxMessage, error: Exception) -> None:
    message.last_error = _masked(error)
    if isinstance(error, GiveUp) or message.attempts >= MOST_ATTEMPTS:
        message.dead_at = Now()
        message.payload = message.payload if message.task in _told else ""
        log.error("task_dead", task=message.task, message=message.pk, error=message.last_error)
    else:
        message.not_before = Now() + _wait_after(message.attempts)
        log.warning("task_postponed", task=message.task, message=message.pk, error=message.last_error)


def _masked(error: Exception) -> str:
    """The kind of an error; its text may quote the payload, unless a handler vouches for it."""
    vouched = str(error) if isinstance(error, Failed) else ""
    return (vouched or type(error).__name__)[:200]


def _wait_after(attempts: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(attempts - 1, 10)), LONGEST_WAIT)


# What was given up, as operators deal with it


def told(message: OutboxMessage) -> str:
    """On what it bears, in the words of its task; empty when nobody may know any more."""
    tells = _told.get(message.task)
    try:
        return tells(_opened(message)) if tells and message.payload else ""
    except CannotUnseal:
        return ""


def send_again(message: OutboxMessage) -> bool:
    """As if it had just been asked for. False when its content is gone, or somebody did it an instant ago."""
    dead = OutboxMessage.objects.filter(pk=message.pk).exclude(dead_at=None).exclude(payload="")
    is_back = dead.update(dead_at=None, attempts=0, not_before=Now(), not_after=None) == 1
    if is_back:
        _wake_on_commit()
    return is_back


def abandon(message: OutboxMessage) -> bool:
    deleted, _ = OutboxMessage.objects.filter(pk=message.pk).exclude(dead_at=None).delete()
    return deleted == 1


def _wake_on_commit() -> None:
    if settings.ENV.broker_url:
        transaction.on_commit(_wake_a_worker)


def _wake_a_worker() -> None:
    from proconnect.platform.broker import wake_a_worker  # Celery is heavy: loaded only where it serves

    wake_a_worker(settings.ENV.broker_url)


def _sealed(task: str, payload: dict[str, Any]) -> str:
    return seal(json.dumps(payload), context=_context(task))


def _opened(message: OutboxMessage) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(unseal(message.payload, context=_context(message.task)))
    return payload


def _context(task: str) -> str:
    return f"outbox:{task}"


register_sealed("platform.OutboxMessage", "payload", lambda message: _context(message.task))
