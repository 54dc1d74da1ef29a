"""One line per event: at once outside a transaction, after commit inside one, never after a rollback."""

from enum import Enum

import pytest
from django.db import connection, transaction
from structlog.testing import capture_logs

from proconnect.kernel.traces import record, request_facts


class Event(Enum):
    HAPPENED = "something happened"


def test_a_trace_opens_no_connection_to_the_database() -> None:
    """Or a page that says the database is down could not be shown."""
    with capture_logs() as lines:
        record(Event.HAPPENED, journey_id="j-1", code="Y000001", nothing=None)
    assert lines == [{"event": "HAPPENED", "log_level": "info", "journey_id": "j-1", "code": "Y000001"}]


def test_the_facts_of_the_request_come_along() -> None:
    token = request_facts.set({"request_id": "r-1"})
    with capture_logs() as lines:
        record(Event.HAPPENED)
    request_facts.reset(token)
    assert lines[0]["request_id"] == "r-1"


@pytest.mark.django_db(transaction=True)
def test_a_trace_waits_for_the_commit() -> None:
    with capture_logs() as lines:
        with transaction.atomic():
            record(Event.HAPPENED)
            assert lines == []
        assert [line["event"] for line in lines] == ["HAPPENED"]


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_leaves_no_trace() -> None:
    with capture_logs() as lines, pytest.raises(RuntimeError), transaction.atomic():
        record(Event.HAPPENED)
        raise RuntimeError
    assert lines == []
    assert not connection.in_atomic_block
