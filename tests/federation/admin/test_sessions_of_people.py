"""Sessions seen and ended by the team; FI and FS put out of service end theirs at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from federation import registry
from federation.models import Account, Client, Provider, SsoSession
from federation.registry import Author
from federation.registry.described import client_entry, provider_entry
from proconnect.admin_site.roles import ASSISTANCE, PARTENAIRES, SECURITE
from proconnect.platform import outbox
from proconnect.platform.models import AuditEntry, OutboxMessage
from tests.factories.federation import account, fi, fs
from tests.federation.admin.conftest import EnteredAs
from tests.federation.op.asking import a_code, exchange, read_userinfo, renew, verified
from tests.mirrors.logout_receiver import LogoutReceiver, logout_receiver

pytestmark = pytest.mark.django_db
BY = Author(actor="test")


@pytest.fixture
def receiver() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        yield receiver


@pytest.fixture
def ministry() -> Provider:
    return fi(domains=["example.gouv.fr"])


@pytest.fixture
def agent(ministry: Provider) -> Account:
    return account(at=ministry)


@pytest.fixture
def service(receiver: LogoutReceiver) -> Client:
    return fs(backchannel_logout_uri=receiver.uri)


class SignedIn:
    """One session of a person, and the tokens a FS holds from it."""

    def __init__(self, service: Client, person: Account) -> None:
        self.service, self.sid = service, uuid4()
        self.tokens: dict[str, Any] = exchange(service, a_code(service, person, sid=self.sid)).json()

    @property
    def why(self) -> str:
        return SsoSession.objects.get(pk=self.sid).ending

    @property
    def is_alive(self) -> bool:
        alive = read_userinfo(self.tokens["access_token"]).status_code == 200
        renewed = renew(self.service, self.tokens["refresh_token"])
        assert (renewed.status_code == 200) is alive
        if alive:
            self.tokens = renewed.json()
        else:
            assert renewed.json()["error"] in ("invalid_grant", "invalid_client")
        return alive


def told(receiver: LogoutReceiver) -> set[UUID]:
    outbox.drain()
    return {UUID(verified(token)["sid"]) for token in receiver.tokens}


# By the team


def test_s157_the_team_ends_every_session_of_a_person(
    entered_as: EnteredAs, service: Client, agent: Account, ministry: Provider, receiver: LogoutReceiver
) -> None:
    sessions = [SignedIn(service, agent) for _ in range(2)]
    bystander = SignedIn(service, account(at=ministry))
    page = f"/admin/federation/account/{agent.pk}/sessions/fermer/"
    browser = entered_as(SECURITE)
    assert "déconnectée partout" in browser.get(page).content.decode()
    assert browser.post(page, {"reason": ""}).status_code == 200
    assert sessions[0].is_alive
    browser.post(page, {"reason": "Poste volé"})
    assert [each.is_alive for each in sessions] == [False, False]
    assert bystander.is_alive
    assert told(receiver) == {each.sid for each in sessions}
    line = AuditEntry.objects.get(target=str(agent.pk))
    assert (line.action, line.reason, line.after) == ("account.end_sessions", "Poste volé", {"sessions": 2})


def test_s157_the_team_ends_one_session_among_others(
    entered_as: EnteredAs, service: Client, agent: Account
) -> None:
    lost, kept = SignedIn(service, agent), SignedIn(service, agent)
    browser = entered_as(SECURITE)
    shown = browser.get(f"/admin/federation/account/{agent.pk}/change/").content.decode()
    page = f"/admin/federation/account/{agent.pk}/sessions/{lost.sid}/fermer/"
    assert page in shown
    browser.post(page, {"reason": "Téléphone perdu"})
    assert (lost.is_alive, kept.is_alive) == (False, True)
    assert lost.why == SsoSession.Ending.TEAM
    assert (
        "fermée par l’équipe" in browser.get(f"/admin/federation/account/{agent.pk}/change/").content.decode()
    )


def test_a_session_of_somebody_else_is_not_ended_from_this_page(
    entered_as: EnteredAs, service: Client, agent: Account, ministry: Provider
) -> None:
    theirs = SignedIn(service, account(at=ministry))
    page = f"/admin/federation/account/{agent.pk}/sessions/{theirs.sid}/fermer/"
    entered_as(SECURITE).post(page, {"reason": "x"})
    assert theirs.is_alive
    assert not AuditEntry.objects.filter(action="account.end_session").exists()


def test_who_may_not_block_ends_no_session(entered_as: EnteredAs, service: Client, agent: Account) -> None:
    session = SignedIn(service, agent)
    browser = entered_as(ASSISTANCE)
    shown = browser.get(f"/admin/federation/account/{agent.pk}/change/").content.decode()
    assert "ouverte le" in shown.lower()
    assert "/fermer/" not in shown
    for page in ("sessions/fermer/", f"sessions/{session.sid}/fermer/"):
        address = f"/admin/federation/account/{agent.pk}/{page}"
        assert browser.post(address, {"reason": "x"}).status_code == 403
    assert session.is_alive


def test_l7_blocking_ends_sessions_and_tokens_at_once(
    entered_as: EnteredAs, service: Client, agent: Account, receiver: LogoutReceiver
) -> None:
    session = SignedIn(service, agent)
    entered_as(SECURITE).post(f"/admin/federation/account/{agent.pk}/bloquer/", {"reason": "x"})
    assert not session.is_alive
    assert session.why == SsoSession.Ending.ACCOUNT_BLOCKED
    assert told(receiver) == {session.sid}


# A FI closes


@pytest.mark.parametrize("way", ["suspended", "changed", "moved to another network"])
def test_l7_a_provider_closed_ends_its_sessions_and_tokens_at_once(
    service: Client, agent: Account, ministry: Provider, receiver: LogoutReceiver, way: str
) -> None:
    session, other = SignedIn(service, agent), SignedIn(service, account(at=fi()))
    entry = provider_entry(ministry)
    match way:
        case "suspended":
            registry.suspend_provider(str(ministry.uid), by=BY)
        case "changed":
            registry.change_provider(replace(entry, is_active=False), by=BY)
        case _:
            registry.change_provider(replace(entry, network="rie"), by=BY)
    assert (session.is_alive, other.is_alive) == (False, True)
    assert session.why == SsoSession.Ending.PROVIDER_CLOSED
    assert told(receiver) == {session.sid}


def test_a_provider_changed_but_open_ends_nothing(
    service: Client, agent: Account, ministry: Provider
) -> None:
    session = SignedIn(service, agent)
    entry = replace(provider_entry(ministry), title="Autre titre")
    registry.change_provider(entry, by=BY)
    assert session.is_alive


# A FS closes: its tokens die, the person's session goes on elsewhere


@pytest.mark.parametrize("way", ["suspended", "changed"])
def test_l7_a_client_suspended_loses_its_tokens_for_good_and_is_told(
    service: Client, agent: Account, receiver: LogoutReceiver, way: str
) -> None:
    session, other = SignedIn(service, agent), fs()
    a_code(other, agent, sid=session.sid, is_silent=True)
    if way == "suspended":
        registry.suspend_client(service.client_id, by=BY)
    else:
        entry = replace(client_entry(service), is_active=False)
        registry.change_client(entry, by=BY, now=datetime.now(UTC))
    assert told(receiver) == {session.sid}
    registry.look_again()
    assert read_userinfo(session.tokens["access_token"]).status_code == 401
    registry.resume_client(service.client_id, by=BY)
    registry.look_again()
    assert not session.is_alive, "coming back brings no token back"
    assert session.why == ""


# What the outbox gave up


@pytest.fixture
def dead_letter(service: Client, agent: Account, receiver: LogoutReceiver) -> OutboxMessage:
    receiver.status = 500
    SignedIn(service, agent)
    registry.suspend_client(service.client_id, by=BY)
    OutboxMessage.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
    outbox.drain()
    return OutboxMessage.objects.exclude(dead_at=None).get()


def settle(browser: Any, action: str, *messages: OutboxMessage) -> str:
    form = {"action": action, "_selected_action": [message.pk for message in messages]}
    page: str = browser.post("/admin/platform/outboxmessage/", form, follow=True).content.decode()
    return page


def test_a_logout_token_given_up_is_seen_and_sent_again(
    entered_as: EnteredAs, service: Client, dead_letter: OutboxMessage, receiver: LogoutReceiver
) -> None:
    browser = entered_as(SECURITE)
    shown = browser.get("/admin/platform/outboxmessage/").content.decode()
    assert all(fact in shown for fact in ("federation.logout_token", service.client_id, "HTTP 500"))
    receiver.status = 200
    assert "1 envoi va repartir." in settle(browser, "send_again", dead_letter)
    outbox.drain()
    assert len(receiver.received) == 2
    line = AuditEntry.objects.get(action="outbox.send_again")
    assert line.before["bears_on"] == service.client_id
    assert service.client_id not in browser.get("/admin/platform/outboxmessage/").content.decode()


def test_a_dead_letter_is_abandoned_for_good(entered_as: EnteredAs, dead_letter: OutboxMessage) -> None:
    settle(entered_as(SECURITE), "abandon", dead_letter)
    assert not OutboxMessage.objects.exclude(dead_at=None).exists()
    assert AuditEntry.objects.filter(action="outbox.abandon").exists()


def test_what_held_a_secret_is_not_sent_again(entered_as: EnteredAs) -> None:
    emptied = OutboxMessage.objects.create(task="mail.send", payload="", dead_at=datetime.now(UTC))
    assert "son contenu n’est plus là" in settle(entered_as(SECURITE), "send_again", emptied)
    emptied.refresh_from_db()
    assert emptied.dead_at
    assert not AuditEntry.objects.filter(action="outbox.send_again").exists()


@pytest.mark.parametrize("role", [ASSISTANCE, PARTENAIRES])
def test_who_may_not_settle_dead_letters_does_not(
    entered_as: EnteredAs, dead_letter: OutboxMessage, role: str
) -> None:
    browser = entered_as(role)
    for action in ("send_again", "abandon"):
        settle(browser, action, dead_letter)
    dead_letter.refresh_from_db()
    assert dead_letter.dead_at
