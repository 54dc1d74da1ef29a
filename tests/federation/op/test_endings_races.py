"""An ending and what happens at the same instant: no token outlives its session, no session outlives its account."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from federation import endings, registry
from federation.endings import Ending
from federation.models import Account, Client, Provider, SsoSession
from federation.op import grants
from proconnect.platform.models import OutboxMessage
from tests.factories.federation import account, fi, fs, identite
from tests.federation.op.asking import a_code, exchange, read_userinfo, renew, tokens_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.at_length]

ROUNDS = 8


@pytest.fixture(autouse=True)
def _tables() -> None:
    identite()


@pytest.fixture
def ministry() -> Provider:
    return fi()


@pytest.fixture
def agent(ministry: Provider) -> Account:
    return account(at=ministry)


@pytest.fixture
def service() -> Client:
    return fs(backchannel_logout_uri="https://service.example.gouv.fr/fin")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each answered, or raised, all begun together."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait(10)
        try:
            return act()
        except (grants.InvalidGrant, grants.SessionOver) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def block(person: Account) -> None:
    with transaction.atomic():
        Account.objects.filter(pk=person.pk).update(blocked_at=timezone.now())
        endings.end_sessions_of_account(person.sub, Ending.ACCOUNT_BLOCKED)


def sign_out(sid: UUID) -> bool:
    return endings.end_session(sid, Ending.SIGNED_OUT)


def is_dead(service: Client, answer: Any) -> bool:
    """Whatever this answer gave opens nothing, now that both are done."""
    if answer.status_code != 200:
        return bool(answer.json()["error"] == "invalid_grant")
    tokens = answer.json()
    return (
        read_userinfo(tokens["access_token"]).status_code == 401
        and renew(service, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    )


def test_two_sign_outs_at_once_end_one_session_and_tell_once(service: Client, agent: Account) -> None:
    sid = uuid4()
    a_code(service, agent, sid=sid)
    ended = at_once(*[partial(sign_out, sid)] * 4)
    assert sorted(ended) == [False, False, False, True]
    assert OutboxMessage.objects.count() == 1


def test_no_token_survives_a_sign_out_during_its_refresh(service: Client, agent: Account) -> None:
    for _ in range(ROUNDS):
        sid = uuid4()
        tokens = tokens_of(service, agent, sid=sid)
        renewed, _ = at_once(partial(renew, service, tokens["refresh_token"]), partial(sign_out, sid))
        assert is_dead(service, renewed)


def test_no_token_survives_a_block_during_the_exchange_of_its_code(
    service: Client, ministry: Provider
) -> None:
    for _ in range(ROUNDS):
        person = account(at=ministry)
        code = a_code(service, person)
        exchanged, _ = at_once(partial(exchange, service, code), partial(block, person))
        assert is_dead(service, exchanged)


def test_no_code_survives_a_sign_out_during_a_silent_sign_in(service: Client, agent: Account) -> None:
    for _ in range(ROUNDS):
        sid = uuid4()
        a_code(service, agent, sid=sid)
        code, _ = at_once(partial(a_code, service, agent, sid=sid, is_silent=True), partial(sign_out, sid))
        if not isinstance(code, grants.SessionOver):
            assert exchange(service, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("what_closes", ["the account", "the provider"])
def test_no_session_opens_on_what_has_just_closed(service: Client, what_closes: str) -> None:
    for _ in range(ROUNDS):
        ministry = fi()
        person = account(at=ministry)

        def close(person: Account = person, ministry: Provider = ministry) -> None:
            if what_closes == "the account":
                block(person)
            else:
                registry.suspend_provider(str(ministry.uid), by=registry.Author(actor="test"))

        at_once(partial(a_code, service, person), close)
        assert not SsoSession.objects.filter(account=person, ended_at=None).exists()
