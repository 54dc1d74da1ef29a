"""One JSON line per event of the domain, written once the transaction that made it true has committed.

No secret, no token, no full identity enters a trace: identifiers, codes and domain names only.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from enum import Enum
from types import MappingProxyType
from uuid import UUID

import structlog
from django.db import transaction

journal = structlog.get_logger("journey")

# Facts every line of one request carries (request id, trace id): set by the observability middleware.
request_facts: ContextVar[Mapping[str, str]] = ContextVar("request_facts", default=MappingProxyType({}))


class KernelTrace(Enum):
    REFUSED = "REFUSED"


def record(event: Enum, /, *, journey_id: UUID | str | None = None, **facts: object) -> None:
    line = {name: str(value) for name, value in facts.items() if value is not None}
    if journey_id is not None:
        line["journey_id"] = str(journey_id)
    line = {**request_facts.get(), **line}
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(lambda: journal.info(event.name, **line), robust=True)
    else:  # on_commit would open a connection, and a database that is down has its traces too
        journal.info(event.name, **line)
