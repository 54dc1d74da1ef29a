"""OpenID Connect Back-Channel Logout 1.0: what a FS receives when a session ends, and what becomes of it otherwise."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from joserfc import jws, jwt
from joserfc.jwk import OctKey

from federation import endings
from federation.endings import Ending
from federation.models import Account, Client, SsoSession
from federation.op import logout
from proconnect.platform import outbox
from proconnect.platform.models import OutboxMessage
from tests.factories.federation import SECRET, fs
from tests.federation.op.asking import a_code, read_userinfo, tokens_of, verified
from tests.mirrors.logout_receiver import LogoutReceiver, logout_receiver

EVENTS: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture
def receiver() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        yield receiver


@pytest.fixture
def told(receiver: LogoutReceiver, db: None) -> Client:
    return fs(backchannel_logout_uri=receiver.uri)


def sign_out(tokens: dict[str, Any]) -> None:
    assert endings.end_session(verified(tokens["id_token"])["sid"], Ending.SIGNED_OUT)


# The token


def test_a_logout_token_says_who_which_session_and_nothing_more(
    told: Client, agent: Account, receiver: LogoutReceiver
) -> None:
    tokens = tokens_of(told, agent)
    theirs = verified(tokens["id_token"])
    sign_out(tokens)
    outbox.drain()
    [form] = receiver.received
    assert list(form) == ["logout_token"]
    assert receiver.content_types == ["application/x-www-form-urlencoded"]
    claims = verified(form["logout_token"])
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti", "events"}
    assert (claims["iss"], claims["aud"]) == (theirs["iss"], told.client_id)
    assert (claims["sub"], claims["sid"]) == (theirs["sub"], theirs["sid"])
    assert claims["events"] == EVENTS
    assert 0 < claims["exp"] - claims["iat"] <= 120


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_logout_token_is_typed_and_signed_as_the_id_token(
    agent: Account, receiver: LogoutReceiver, algorithm: str
) -> None:
    service = fs(backchannel_logout_uri=receiver.uri, id_token_signed_response_alg=algorithm)
    a_code(service, agent)
    endings.end_sessions_of_account(agent.sub, Ending.SIGNED_OUT)
    outbox.drain()
    header = jws.extract_compact(receiver.tokens[0].encode()).headers()
    published = [key["kid"] for key in Browser().get("/api/v2/jwks").json()["keys"]]
    assert (header["typ"], header["alg"]) == ("logout+jwt", algorithm)
    assert header["kid"] in published
    assert verified(receiver.tokens[0], algorithm)["aud"] == service.client_id


def test_with_hs256_the_key_is_the_secret_of_the_fs(agent: Account, receiver: LogoutReceiver) -> None:
    service = fs(backchannel_logout_uri=receiver.uri, id_token_signed_response_alg="HS256")
    a_code(service, agent)
    endings.end_sessions_of_account(agent.sub, Ending.SIGNED_OUT)
    outbox.drain()
    assert jwt.decode(receiver.tokens[0], OctKey.import_key(SECRET), ["HS256"]).header["typ"] == "logout+jwt"


def test_a_token_sent_late_is_signed_when_it_leaves(
    told: Client, agent: Account, receiver: LogoutReceiver
) -> None:
    receiver.status = 503
    sign_out(tokens_of(told, agent))
    outbox.drain()
    time.sleep(1.1)  # iat counts in seconds
    receiver.status = 200
    outbox.drain()
    first, second = (verified(token) for token in receiver.tokens)
    assert second["iat"] > first["iat"]
    assert second["jti"] != first["jti"]


# Who is told


def test_each_fs_of_the_session_is_told_once_and_no_other(agent: Account, receiver: LogoutReceiver) -> None:
    first, second, elsewhere = (fs(backchannel_logout_uri=receiver.uri) for _ in range(3))
    silent, sid = fs(), uuid4()
    a_code(first, agent, sid=sid)
    for service in (first, second, silent):
        a_code(service, agent, sid=sid, is_silent=True)
    a_code(elsewhere, agent)
    endings.end_session(sid, Ending.SIGNED_OUT)
    outbox.drain()
    assert sorted(verified(token)["aud"] for token in receiver.tokens) == [
        first.client_id,
        second.client_id,
    ]


def test_a_session_ended_twice_is_told_once(told: Client, agent: Account, receiver: LogoutReceiver) -> None:
    sid = uuid4()
    a_code(told, agent, sid=sid)
    assert endings.end_session(sid, Ending.SIGNED_OUT)
    assert not endings.end_session(sid, Ending.SIGNED_OUT)
    outbox.drain()
    assert len(receiver.received) == 1


def test_a_fs_that_gave_up_its_address_is_told_nothing(
    told: Client, agent: Account, receiver: LogoutReceiver
) -> None:
    sign_out(tokens_of(told, agent))
    Client.objects.filter(pk=told.pk).update(backchannel_logout_uri=None)
    outbox.drain()
    assert not receiver.received
    assert OutboxMessage.objects.get().done_at


def test_a_thousand_sessions_and_more_end_by_batches(
    told: Client, agent: Account, receiver: LogoutReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "BATCH", 2)
    given = [tokens_of(told, agent) for _ in range(5)]
    assert endings.end_sessions_of_account(agent.sub, Ending.TEAM) == 5
    outbox.drain()
    assert {verified(token)["sid"] for token in receiver.tokens} == {
        verified(tokens["id_token"])["sid"] for tokens in given
    }


def test_a_crowd_is_told_by_the_outbox_one_by_one(
    told: Client, agent: Account, receiver: LogoutReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "CROWD", 2)
    for _ in range(3):
        a_code(told, agent)
    endings.end_sessions_of_account(agent.sub, Ending.TEAM)
    assert OutboxMessage.objects.count() == 1
    outbox.drain()
    assert len(receiver.received) == 3
    assert OutboxMessage.objects.filter(task=endings.LOGOUT_TOKEN).count() == 3


def test_a_session_over_is_ended_by_the_housekeeping_and_told(
    told: Client, agent: Account, receiver: LogoutReceiver
) -> None:
    tokens = tokens_of(told, agent)
    still_open = uuid4()
    a_code(told, agent, sid=still_open)
    theirs = SsoSession.objects.exclude(pk=still_open).get()
    SsoSession.objects.filter(pk=theirs.pk).update(ends_at=theirs.opened_at)
    assert endings.end_expired_sessions() == 1
    outbox.drain()
    theirs.refresh_from_db()
    assert theirs.ending == Ending.EXPIRED
    assert [verified(token)["sid"] for token in receiver.tokens] == [verified(tokens["id_token"])["sid"]]


def test_what_ended_is_forgotten_after_a_week(told: Client, agent: Account) -> None:
    for age in (6, 8):
        sid = uuid4()
        a_code(told, agent, sid=sid)
        endings.end_session(sid, Ending.SIGNED_OUT)
        row = SsoSession.objects.get(pk=sid)
        assert row.ended_at
        SsoSession.objects.filter(pk=sid).update(ended_at=row.ended_at - timedelta(days=age))
    assert endings.forget_ended_sessions() == 1


# What becomes of a token that is not heard


@pytest.mark.parametrize("status", [200, 204])
def test_two_answers_mean_heard(told: Client, agent: Account, receiver: LogoutReceiver, status: int) -> None:
    receiver.status = status
    sign_out(tokens_of(told, agent))
    outbox.drain()
    assert OutboxMessage.objects.get().done_at


@pytest.mark.parametrize("status", [201, 302, 400, 404, 500, 503])
def test_any_other_answer_is_tried_again(
    told: Client, agent: Account, receiver: LogoutReceiver, status: int
) -> None:
    receiver.status = status
    receiver.headers = {"Location": receiver.uri} if status == 302 else {}
    sign_out(tokens_of(told, agent))
    outbox.drain()
    message = OutboxMessage.objects.get()
    assert (message.done_at, message.dead_at, message.last_error) == (None, None, f"HTTP {status}")
    assert message.not_before > message.created_at
    assert len(receiver.received) == 1  # a redirect is never followed


def test_a_fs_that_does_not_answer_in_time_is_tried_again(
    told: Client, agent: Account, receiver: LogoutReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logout, "DEADLINE", timedelta(seconds=0.2))
    receiver.delay = 0.5
    sign_out(tokens_of(told, agent))
    outbox.drain()
    message = OutboxMessage.objects.get()
    assert message.done_at is None
    assert message.last_error == "127.0.0.1: it does not answer in time"


def test_a_fs_that_listens_no_more_is_tried_again_then_given_up_whole(
    told: Client, agent: Account, receiver: LogoutReceiver
) -> None:
    receiver.status = 500
    sign_out(tokens_of(told, agent))
    OutboxMessage.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
    outbox.drain()
    message = OutboxMessage.objects.get()
    assert message.dead_at
    assert outbox.told(message) == told.client_id
    receiver.status = 200
    assert outbox.send_again(message)
    assert not outbox.send_again(message)
    outbox.drain()
    assert len(receiver.received) == 2
    assert OutboxMessage.objects.get().done_at


def test_a_private_address_is_never_called(agent: Account, settings: Any) -> None:
    settings.ENV = replace(settings.ENV, allow_private_addresses=False)
    sign_out(tokens_of(fs(backchannel_logout_uri="https://10.0.0.7/logout"), agent))
    outbox.drain()
    message = OutboxMessage.objects.get()
    assert message.dead_at
    assert "10.0.0.7" in message.last_error


def test_the_person_does_not_wait_for_the_fs(told: Client, agent: Account, receiver: LogoutReceiver) -> None:
    tokens = tokens_of(told, agent)
    sign_out(tokens)
    assert not receiver.received
    assert read_userinfo(tokens["access_token"]).status_code == 401


def test_a_mail_passes_before_logout_tokens(told: Client, agent: Account, receiver: LogoutReceiver) -> None:
    sign_out(tokens_of(told, agent))
    outbox.enqueue("mail.send", {}, is_awaited=True)
    outbox.take_one()
    assert not receiver.received


def test_discovery_says_so(db: None) -> None:
    document = Browser().get("/api/v2/.well-known/openid-configuration").json()
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True
