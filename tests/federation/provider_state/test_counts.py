"""Returns of a FI: counted by minute, without a sign-in ever failing for it; an alarm; a page for the public."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import structlog
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from federation import provider_state
from federation.apps import forget_provider_minutes
from federation.models import Provider, ProviderMinute
from federation.provider_state import Outcome, counts, page
from proconnect.platform import outbox
from tests.factories.federation import fi

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v2/etat-des-fournisseurs"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    page.forget()


@pytest.fixture
def ministry() -> Provider:
    return fi(title="Ministère des Exemples", domains=["exemples.gouv.fr"])


def returns(provider: Provider, *, succeeded: int = 0, refused: int = 0, unreachable: int = 0) -> None:
    for outcome, times in zip(Outcome, (succeeded, refused, unreachable), strict=True):
        for _ in range(times):
            provider_state.count(provider.uid, outcome)


def kept(provider: Provider) -> list[tuple[int, int, int]]:
    return list(
        ProviderMinute.objects.filter(provider=provider)
        .order_by("minute")
        .values_list("succeeded", "refused", "unreachable")
    )


def test_a_count_costs_no_query(
    ministry: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        returns(ministry, succeeded=100)


def test_the_request_that_notices_writes_for_all(ministry: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(counts, "monotonic", lambda: now[0])
    returns(ministry, succeeded=3, unreachable=1)
    assert kept(ministry) == []
    now[0] += 5
    returns(ministry, refused=1)
    assert sum(map(sum, kept(ministry))) == 5
    returns(ministry, refused=1)
    assert sum(map(sum, kept(ministry))) == 5


def test_what_several_processes_write_adds_up(ministry: Provider) -> None:
    with time_machine.travel("2026-11-21 12:00:30+00:00", tick=False):
        for _ in range(2):
            returns(ministry, succeeded=2, refused=1)
            provider_state.flush()
    with time_machine.travel("2026-11-21 12:01:30+00:00", tick=False):
        returns(ministry, unreachable=1)
        provider_state.flush()
    assert kept(ministry) == [(4, 2, 0), (0, 0, 1)]


def test_a_provider_deleted_meanwhile_stops_no_other(ministry: Provider) -> None:
    provider_state.count(uuid4(), Outcome.SUCCEEDED)
    returns(ministry, succeeded=1)
    provider_state.flush()
    assert kept(ministry) == [(1, 0, 0)]


def test_a_database_that_refuses_makes_nothing_fail_and_is_asked_again(ministry: Provider) -> None:
    returns(ministry, succeeded=2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE federation_providerminute RENAME TO elsewhere")
        provider_state.flush()
        cursor.execute("ALTER TABLE elsewhere RENAME TO federation_providerminute")
    assert kept(ministry) == []
    provider_state.flush()
    assert kept(ministry) == [(2, 0, 0)]


def test_minutes_are_forgotten_after_two_days(ministry: Provider) -> None:
    for hours in (1, 47, 49):
        ProviderMinute.objects.create(provider=ministry, minute=timezone.now() - timedelta(hours=hours))
    forget_provider_minutes()
    assert ProviderMinute.objects.count() == 2


# The alarm


def alarms(provider: Provider, **counted: int) -> list[Any]:
    """The lines at ERROR."""
    returns(provider, **counted)
    with structlog.testing.capture_logs() as lines:
        provider_state.flush()
    return [line for line in lines if line["log_level"] == "error"]


def test_returns_that_go_wrong_raise_one_line_and_one_mail(ministry: Provider) -> None:
    (line,) = alarms(ministry, succeeded=4, refused=3, unreachable=5)
    assert line["event"] == "provider_alarm"
    assert (line["succeeded"], line["refused"], line["unreachable"]) == (4, 3, 5)
    outbox.drain()
    (sent,) = mail.outbox
    assert sent.to == ["support@proconnect.gouv.fr"]
    assert sent.subject == "Connexions en échec chez Ministère des Exemples"
    assert "4 réussies, 3 refusées, 5 sans réponse" in str(sent.body)


def test_an_alarm_is_not_repeated_within_the_hour(ministry: Provider) -> None:
    assert alarms(ministry, unreachable=20)
    assert not alarms(ministry, unreachable=20)
    other = fi(domains=["ailleurs.gouv.fr"])
    assert alarms(other, unreachable=20)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_onetimething SET expires_at = statement_timestamp()")
    assert alarms(ministry, unreachable=20)


def test_few_failures_among_many_raise_nothing(ministry: Provider) -> None:
    assert not alarms(ministry, succeeded=50, unreachable=20)
    assert not alarms(ministry, refused=9)  # with those: 29 of 79
    assert not mail.outbox


# The page


def told(browser: Browser) -> dict[str, Any]:
    response = browser.get(ADDRESS)
    assert response.status_code == 200
    content: dict[str, Any] = json.loads(response.content)
    return content


def test_the_public_reads_which_providers_are_down(client: Browser, ministry: Provider) -> None:
    fi(title="Agence des Essais", domains=["essais.gouv.fr"])
    fi(title="En recette", domains=["recette.gouv.fr"], is_routed=False)
    fi(title="Fermé", domains=["ferme.gouv.fr"], is_active=False)
    fi(title="Sur le RIE", domains=["rie.gouv.fr"], network="rie")
    with time_machine.travel("2026-11-21 12:00:30+00:00", tick=False):
        returns(ministry, unreachable=5)
        assert told(client) == {
            "at": "2026-11-21T12:00:30+00:00",
            "providers": [
                {"title": "Agence des Essais", "state": "ok", "since": None},
                {"title": "Ministère des Exemples", "state": "down", "since": "2026-11-21T12:00:00+00:00"},
                {"title": "ProConnect Identité", "state": "ok", "since": None},
            ],
        }


def test_the_page_is_read_from_the_tables_twice_a_minute(
    client: Browser, ministry: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    response = client.get(ADDRESS)
    assert response["Cache-Control"] == "public, max-age=30"
    assert not response.cookies
    with django_assert_num_queries(0):
        client.get(ADDRESS)
