"""What each FI sends that had to be mended, counted by day."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from federation.models import ProviderDefect
from federation.registry import ProviderRecord, find_provider
from federation.rp import quality
from federation.rp.identity import Authentication, clean
from federation.rp.quality import Tally
from proconnect.kernel.contracts.identity_provider import ProviderRefused
from proconnect.platform import housekeeping
from tests.factories.federation import fi

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
COMPLETE: dict[str, Any] = {
    "sub": "agent-1",
    "uid": "matricule-1",
    "email": "camille.durand@exemples.gouv.fr",
    "given_name": "Camille",
    "usual_name": "Durand",
    "siret": "13002526500013",
    "phone_number": "0123456789",
    "organizational_unit": "DSI",
    "belonging_population": "agent",
}


@pytest.fixture(autouse=True)
def _nothing_counted_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "_tally", Tally())


def provider() -> ProviderRecord:
    record = find_provider(fi().uid)
    assert record
    return record


def receive(provider: ProviderRecord, *, now: datetime = NOW, **claims: Any) -> None:
    receive_all(provider, claims, now=now)


def receive_all(provider: ProviderRecord, claims: dict[str, Any], *, now: datetime = NOW) -> None:
    authentication = Authentication(acr="eidas1", amr=("pwd",), authenticated_at=now, proof="")
    try:
        quality.accepted(clean(COMPLETE | claims, authentication, provider), provider, now=now)
    except ProviderRefused as refusal:
        assert refusal.code == "Y500006"  # noqa: PT017


def rows(uid: UUID) -> set[tuple[str, str, int]]:
    return set(ProviderDefect.objects.filter(provider=uid).values_list("claim", "defect", "count"))


def test_defects_are_counted_by_fi_and_day() -> None:
    one, other = provider(), provider()
    receive(one, phone_number="x")
    receive(one, phone_number="x", email="y")
    receive(one, now=NOW + timedelta(days=1), phone_number="x")
    receive(other)
    quality.write()
    today = ProviderDefect.objects.filter(provider=one.uid, day=NOW.date())
    assert set(today.values_list("claim", "defect", "count")) == {
        ("", "received", 2),
        ("phone_number", "dropped", 2),
        ("email", "refused", 1),
    }
    assert rows(other.uid) == {("", "received", 1)}


def test_counts_add_up_with_those_already_written() -> None:
    one = provider()
    for _ in range(3):
        receive(one, phone_number=None)
        quality.write()
    assert rows(one.uid) == {("", "received", 3), ("phone_number", "missing", 3)}


def test_a_sign_in_writes_nothing_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one = provider()
    receive(one)
    assert rows(one.uid) == set()
    monkeypatch.setattr(quality, "WRITE_EVERY", timedelta(0))
    quality.write()
    receive(one)
    assert rows(one.uid) == {("", "received", 2)}


def test_a_count_that_cannot_be_written_fails_no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    one = provider()
    monkeypatch.setattr(quality, "WRITE_EVERY", timedelta(0))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE federation_providerdefect RENAME TO elsewhere")
    receive(one)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE elsewhere RENAME TO federation_providerdefect")
    assert rows(one.uid) == set()


def test_the_count_of_a_fi_deleted_meanwhile_is_forgotten() -> None:
    one = provider()
    gone = ProviderRecord(**dict.fromkeys(ProviderRecord.__dataclass_fields__) | {"uid": uuid4()})  # type: ignore[arg-type]
    receive(gone)
    receive(one)
    quality.write()
    assert rows(gone.uid) == set()
    assert rows(one.uid) == {("", "received", 1)}


def test_s093_a_fi_that_invents_names_fills_no_table() -> None:
    one = provider()
    for number in range(quality.MOST_NAMES + 20):
        receive_all(one, {f"claim-{number}": 1})
    receive_all(one, {"x" * 65: 1})
    quality.write()
    assert len(rows(one.uid)) == quality.MOST_NAMES + 2
    assert ("custom", "received", 21) in rows(one.uid)


def test_the_report_tells_how_often_over_thirty_days() -> None:
    one = provider()
    receive(one, now=NOW - timedelta(days=31), phone_number="x")
    for _ in range(3):
        receive(one, badge=12)
    receive(one, now=NOW - timedelta(days=30), phone_number="x", siret="1")
    report = quality.report(one.uid, now=NOW)
    assert report.identities == 4
    assert [(line.claim, line.defect, line.count, line.share) for line in report.defects] == [
        ("phone_number", "dropped", 1, 0.25),
        ("siret", "dropped", 1, 0.25),
        ("siret", "refused", 1, 0.25),
    ]
    assert [(line.claim, line.share) for line in report.unknown] == [("badge", 0.75)]


def test_the_report_of_a_fi_that_sent_nobody() -> None:
    report = quality.report(provider().uid, now=NOW)
    assert (report.identities, report.defects, report.unknown) == (0, (), ())


def test_counts_are_kept_thirteen_months() -> None:
    one = fi()
    today = datetime.now(UTC).date()
    for age in (380, 410):
        ProviderDefect.objects.create(
            provider=one, day=today - timedelta(days=age), claim="siret", defect="missing", count=1
        )
    housekeeping.run()
    assert [today - row.day for row in ProviderDefect.objects.all()] == [timedelta(days=380)]


def test_the_command_tells_one_fi_or_all() -> None:
    one, other = provider(), provider()
    now = datetime.now(UTC)
    receive(one, now=now, phone_number="x", badge=1)
    told, all_told = StringIO(), StringIO()
    call_command("fi", "quality", str(one.uid), stdout=told)
    call_command("fi", "quality", stdout=all_told)
    assert "1 identities received" in told.getvalue()
    assert "phone_number dropped: 1 times (100.0%)" in told.getvalue()
    assert "badge unknown to us: 1 times (100.0%)" in told.getvalue()
    assert str(other.uid) not in told.getvalue()
    assert str(other.uid) in all_told.getvalue()
    with pytest.raises(CommandError, match="no FI"):
        call_command("fi", "quality", str(uuid4()))
