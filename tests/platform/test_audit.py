from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from proconnect.observability.redaction import MASK
from proconnect.platform import partitions
from proconnect.platform.audit import audit
from proconnect.platform.models import AuditEntry

pytestmark = pytest.mark.django_db
TABLE = "platform_auditentry"


def test_s164_a_line_says_who_when_what_and_why() -> None:
    request = RequestFactory().get("/admin/", REMOTE_ADDR="192.0.2.7")
    audit(
        "7 operator@dinum.gouv.fr",
        "client.changed",
        "federation.Client 3: Démarches",
        before={"name": "Démarche", "is_active": True},
        after={"name": "Démarches", "is_active": True},
        reason="typo",
        request=request,
    )
    line = AuditEntry.objects.get()
    assert (line.actor, line.action, line.target, line.reason, line.ip) == (
        "7 operator@dinum.gouv.fr",
        "client.changed",
        "federation.Client 3: Démarches",
        "typo",
        "192.0.2.7",
    )
    assert (line.before, line.after) == ({"name": "Démarche"}, {"name": "Démarches"})
    assert abs((datetime.now(UTC) - line.at).total_seconds()) < 60


def test_s164_a_secret_is_known_to_have_changed_and_no_more() -> None:
    audit("cli", "secret.rotated", "x", before={"client_secret": "old"}, after={"client_secret": "new"})
    line = AuditEntry.objects.get()
    assert (line.before, line.after) == ({"client_secret": MASK}, {"client_secret": MASK})


def test_values_of_any_type_are_written() -> None:
    audit("cli", "x", "y", after={"on": date(2026, 11, 23), "id": uuid4(), "domains": {"a.fr"}, "n": None})
    assert AuditEntry.objects.get().after["on"] == "2026-11-23"


@pytest.mark.parametrize(
    "statement", ["UPDATE platform_auditentry SET actor = 'nobody'", "DELETE FROM platform_auditentry"]
)
def test_s164_the_database_refuses_to_change_or_delete_a_line(statement: str) -> None:
    audit("cli", "x", "y")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEntry.objects.get().actor == "cli"


def test_the_line_of_a_change_undone_is_undone_with_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit("cli", "x", "y")
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists()


@pytest.fixture
def _no_month_yet() -> None:
    partitions.drop_months_before(TABLE, date(2099, 1, 1))


@pytest.mark.usefixtures("_no_month_yet")
def test_months_are_prepared_ahead_filled_and_dropped_whole() -> None:
    partitions.prepare_months(TABLE, date(2027, 11, 30))
    partitions.prepare_months(TABLE, date(2027, 12, 1))  # again: nothing to do for months that exist
    assert partitions.existing(TABLE) == [
        f"{TABLE}_{month}" for month in ("2027_11", "2027_12", "2028_01", "2028_02", "2028_03")
    ]
    AuditEntry.objects.create(
        id=uuid4(), actor="a", action="b", target="c", at=datetime(2027, 12, 31, 23, tzinfo=UTC)
    )
    AuditEntry.objects.create(
        id=uuid4(), actor="a", action="b", target="c", at=datetime(2028, 1, 1, tzinfo=UTC)
    )
    assert partitions.drop_months_before(TABLE, date(2028, 1, 15)) == [f"{TABLE}_2027_11", f"{TABLE}_2027_12"]
    assert [line.at.year for line in AuditEntry.objects.all()] == [2028]


def test_a_month_that_began_in_the_default_partition_does_not_stop_the_next_ones() -> None:
    AuditEntry.objects.create(
        id=uuid4(), actor="a", action="b", target="c", at=datetime(2040, 1, 15, tzinfo=UTC)
    )
    partitions.prepare_months(TABLE, date(2040, 1, 20))
    made = [name.removeprefix(f"{TABLE}_") for name in partitions.existing(TABLE)]
    assert [month for month in made if month > "2039"] == ["2040_02", "2040_03", "2040_04"]
    assert AuditEntry.objects.count() == 1


def test_the_current_month_is_there_from_the_first_migration() -> None:
    assert f"{TABLE}_{datetime.now(UTC):%Y_%m}" in partitions.existing(TABLE)


def test_a_line_of_a_month_nobody_prepared_is_kept_all_the_same() -> None:
    AuditEntry.objects.create(
        id=uuid4(), actor="a", action="b", target="c", at=datetime(2040, 1, 1, tzinfo=UTC)
    )
    assert AuditEntry.objects.count() == 1
