"""The server knows the sessions: one ended from elsewhere is no session any more, whatever the browser holds."""

from contextlib import contextmanager

import pytest
from django.utils import timezone

from federation import endings, registry
from federation.models import Account, Connection, Provider, SsoSession
from federation.op import grants
from federation.op.id_token import read_hint
from proconnect.platform import outbox
from proconnect.platform.models import OutboxMessage
from tests.federation.journey.trip import Trip, answered
from tests.federation.op.asking import read_userinfo, renew
from tests.mirrors.logout_receiver import logout_receiver

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


def test_a_session_ended_between_the_look_and_the_answer_gives_nothing(trip, monkeypatch):
    issue = grants.issue_code

    def issue_an_instant_later(grant):
        SsoSession.objects.update(**ENDED)
        return issue(grant)

    monkeypatch.setattr(grants, "issue_code", issue_an_instant_later)
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"
    monkeypatch.undo()
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_a_provider_closed_between_the_look_and_the_answer_opens_nothing(trip, demo_provider):
    """The snapshot of this process still shows it open: the statement that writes does not."""
    SsoSession.objects.all().delete()
    back = demo_provider.sign_in(trip.to_provider(prompt="login"))
    Provider.objects.filter(name__startswith="fi-").update(is_active=False)
    assert answered(trip.come_back(back))["error"] == "access_denied"
    assert not SsoSession.objects.exists()


# One browser, one sign-in after another


def sid_of(tokens):
    hint = read_hint(tokens["id_token"])
    assert hint
    return hint.sid


def test_the_same_person_authenticating_again_goes_on_with_their_session(trip, demo_provider, service):
    first = trip.redeem(answered(trip.depart())["code"])
    again = trip.redeem(answered(trip.through(demo_provider, prompt="login"))["code"])
    assert sid_of(again) == sid_of(first)
    assert read_userinfo(first["access_token"]).status_code == 200
    assert SsoSession.objects.get().ended_at is None
    assert not OutboxMessage.objects.exists()


def test_s152_its_cookie_changes_all_the_same(trip, demo_provider, settings):
    before = trip.browser.cookies[settings.SESSION_COOKIE_NAME].value
    trip.through(demo_provider, prompt="login")
    assert trip.browser.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_somebody_else_in_the_same_browser_ends_the_session_before(trip, demo_provider, service):
    with told(service) as receiver:
        theirs = trip.redeem(answered(trip.depart())["code"])
        other = {"sub": "another", "email": "other@exemples.gouv.fr"}
        trip.through(demo_provider, "other@exemples.gouv.fr", said=other, prompt="login")
        outbox.drain()
        assert len(receiver.received) == 1
    assert SsoSession.objects.get(pk=sid_of(theirs)).ending == SsoSession.Ending.REPLACED
    assert SsoSession.objects.filter(ended_at=None).count() == 1
    assert read_userinfo(theirs["access_token"]).status_code == 401
    assert renew(service, theirs["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_session_the_team_ended_is_not_gone_on_with(trip, demo_provider):
    ended = SsoSession.objects.get()
    endings.end_session(ended.pk, SsoSession.Ending.TEAM)
    trip.through(demo_provider, prompt="login")
    assert SsoSession.objects.get(ended_at=None).pk != ended.pk


@contextmanager
def told(service):
    """This FS hears of sessions that end."""
    with logout_receiver() as receiver:
        service.backchannel_logout_uri = receiver.uri
        service.save()
        registry.look_again()
        yield receiver


# FI and FS put out of service (L7)


def test_l7_a_provider_suspended_leaves_no_silent_sign_in(trip, ministry):
    tokens = trip.redeem(answered(trip.depart())["code"])
    registry.suspend_provider(str(ministry.uid), by=registry.Author(actor="test"))
    registry.look_again()
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"
    assert read_userinfo(tokens["access_token"]).status_code == 401
    registry.resume_provider(str(ministry.uid), by=registry.Author(actor="test"))
    registry.look_again()
    assert answered(trip.depart(prompt="none"))["error"] == "login_required", "nothing comes back to life"


def test_l7_a_blocked_person_has_no_silent_sign_in(trip):
    tokens = trip.redeem(answered(trip.depart())["code"])
    person = Account.objects.get()
    Account.objects.update(blocked_at=timezone.now())
    endings.end_sessions_of_account(person.pk, SsoSession.Ending.ACCOUNT_BLOCKED)
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"
    assert renew(trip.service, tokens["refresh_token"]).json()["error"] == "invalid_grant"
