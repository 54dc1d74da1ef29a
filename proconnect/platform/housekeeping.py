"""What time makes useless is deleted, by batches short enough to disturb nobody. Run every hour by the drainer."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from django.db import connection
from django.db.utils import DatabaseError

from proconnect.platform import partitions

Chore = Callable[[], object]

BATCH = 2000  # rows

log = structlog.get_logger("housekeeping")
_chores: dict[str, Chore] = {}

# Table → which of its rows are over.
OVER = {
    "platform_onetimething": "expires_at < statement_timestamp()",
    "platform_failurecount": "expires_at < statement_timestamp()",
    "platform_ratewindow": "expires_at < statement_timestamp()",
    "platform_outboxmessage": (
        "done_at < statement_timestamp() - interval '1 day' OR dead_at < statement_timestamp() - interval '30 days'"
    ),
    "django_session": "expire_date < statement_timestamp()",
}


def register(name: str, chore: Chore) -> None:
    """To be called when an app is ready. A chore may run twice at once, on two machines."""
    _chores[name] = chore


def run() -> None:
    """Every chore, each on its own: one that fails is logged and stops no other."""
    for name, chore in _chores.items():
        try:
            chore()
        except DatabaseError:
            log.exception("chore_failed", chore=name)


def purge(table: str, over: str) -> int:
    """Delete the rows of ``table`` that ``over`` (SQL of ours) describes. Returns how many."""
    statement = f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE {over} LIMIT {BATCH})"  # noqa: S608
    deleted: int = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement)
            deleted += cursor.rowcount
            if cursor.rowcount < BATCH:
                return deleted


def purge_what_is_over() -> None:
    for table, over in OVER.items():
        purge(table, over)


def prepare_audit_months() -> None:
    partitions.prepare_months("platform_auditentry", datetime.now(UTC).date())


register("platform.purge", purge_what_is_over)
register("platform.audit_months", prepare_audit_months)
