from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from proconnect.platform import housekeeping, limiter, one_time, outbox, partitions
from proconnect.platform.limiter import Limit
from proconnect.platform.models import FailureCount, OneTimeThing, OutboxMessage, RateWindow

pytestmark = pytest.mark.django_db

PAST = timedelta(seconds=-1)
MINUTE = timedelta(minutes=1)


@outbox.task("test.housekeeping")
def succeed(payload: dict[str, object]) -> None:
    pass


def test_what_has_expired_is_deleted_and_nothing_else() -> None:
    for lifetime in (PAST, MINUTE):
        one_time.put("journey", f"{lifetime}", {}, lifetime)
        one_time.count_failure("code", f"{lifetime}", lifetime)
        limiter.hit("password", f"{lifetime}", Limit(1, lifetime, protects_account=True))
    call_command("housekeeping")
    assert list(OneTimeThing.objects.values_list("key", flat=True)) == [f"{MINUTE}"]
    assert list(FailureCount.objects.values_list("key", flat=True)) == [f"{MINUTE}"]
    assert RateWindow.objects.count() == 1


def test_messages_done_are_kept_a_day_so_that_their_key_is_remembered() -> None:
    outbox.enqueue("test.housekeeping", {}, key="yesterday")
    outbox.enqueue("test.housekeeping", {}, key="today")
    outbox.enqueue("test.nobody_does_it_yet", {}, key="waiting")
    outbox.drain()
    OutboxMessage.objects.filter(key="yesterday").update(done_at=datetime.now(UTC) - timedelta(hours=25))
    housekeeping.run()
    assert set(OutboxMessage.objects.values_list("key", flat=True)) == {"today", "waiting"}


def test_deletion_goes_by_batches(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    for number in range(5):
        one_time.put("journey", f"{number}", {}, PAST)
    with django_assert_num_queries(3):
        assert housekeeping.purge("platform_onetimething", "true") == 5


def test_the_coming_months_of_the_audit_are_prepared() -> None:
    housekeeping.run()
    assert f"platform_auditentry_{datetime.now(UTC):%Y_%m}" in partitions.existing("platform_auditentry")
