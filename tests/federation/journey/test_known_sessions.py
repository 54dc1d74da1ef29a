"""The server knows the sessions: one ended from elsewhere is no session any more, whatever the browser holds."""

import pytest
from django.utils import timezone

from federation.models import Account, Connection, Provider, SsoSession
from tests.federation.journey.trip import Trip, answered

ENDED = {"ended_at": timezone.now(), "ending": SsoSession.Ending.TEAM}


@pytest.fixture
def trip(navigator, service, ministry, demo_provider):
    trip = Trip(navigator, service)
    trip.through(demo_provider)
    return trip


def test_a_session_leaves_its_row_with_its_first_grant(trip, ministry):
    row = SsoSession.objects.get()
    assert (row.account, row.provider, row.ended_at) == (Account.objects.get(), ministry, None)
    assert Connection.objects.get().sid == row.sid


def test_an_ended_session_is_no_session(trip):
    SsoSession.objects.update(**ENDED)
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"
    assert "/interaction/" in trip.depart()["Location"]


def test_a_session_without_its_row_is_no_session(trip):
    SsoSession.objects.all().delete()
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_a_blocked_account_has_no_session_left(trip):
    Account.objects.update(blocked_at=timezone.now())
    assert "error" in answered(trip.depart(prompt="none"))


def test_silent_sso_looks_once_and_writes_once(trip, django_assert_num_queries):
    trip.depart(prompt="none")
    with django_assert_num_queries(3) as seen:  # the browser’s session, the look, the answer
        assert answered(trip.depart(prompt="none"))["code"]
    assert "federation_ssosession" in seen.captured_queries[1]["sql"]
    assert SsoSession.objects.count() == 1


def test_a_provider_closed_between_the_look_and_the_answer_opens_nothing(trip, demo_provider):
    """The snapshot of this process still shows it open: the statement that writes does not."""
    SsoSession.objects.all().delete()
    back = demo_provider.sign_in(trip.to_provider(prompt="login"))
    Provider.objects.filter(name__startswith="fi-").update(is_active=False)
    assert answered(trip.come_back(back))["error"] == "access_denied"
    assert not SsoSession.objects.exists()
