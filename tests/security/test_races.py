"""The same act asked several times at once: it is done once, and nothing is left in between."""

import json
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.utils import timezone

from federation import reconciliation, registry
from federation.models import Account, AccountLink, Client, Connection, Grant, Provider, ProviderDomain
from identite.admin.invitations import invite
from identite.models import User
from proconnect.platform.models import AuditEntry, OneTimeThing
from tests.factories.federation import account, identite
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.federation.journey.builders import identity
from tests.federation.journey.conftest import DOMAIN, authorize_url, registered
from tests.federation.journey.trip import AGENT
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, found, last_mail

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")


def at_once(act: Callable[[int], T], times: int = 8) -> list[T]:
    start = Barrier(times)

    def go(number: int) -> T:
        try:
            start.wait()
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(go, range(times)))


def same_browser(surfer: Surfer) -> Browser:
    """Another connection of the same browser: threads do not share a test client."""
    twin = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    for name, cookie in surfer.browser.cookies.items():
        twin.cookies[name] = cookie.value
    return twin


def codes_in(answers: list[Any]) -> int:
    return sum("code=" in answer.headers.get("Location", "") for answer in answers)


def test_s061_of_callbacks_at_once_with_one_state_one_is_answered(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    surfer.goes_to(service, AGENT)
    back = demo_provider.sign_in(surfer.left_for).replace("http://localhost:8000", "")
    answers = at_once(lambda _: same_browser(surfer).get(back))
    assert codes_in(answers) == 1
    assert {answer.status_code for answer in answers} <= {303, 401}
    assert len(demo_provider.received("token")) == 1
    assert (Account.objects.count(), Grant.objects.count(), Connection.objects.count()) == (1, 1, 1)


def test_one_journey_finished_by_two_fi_at_once_is_answered_once(
    surfer: Surfer,
    service: Client,
    ministry: Provider,
    agency: Provider,
    demo_provider: DemoProvider,
    other_provider: DemoProvider,
) -> None:
    """Two states of one journey: the person went back, and typed another address."""
    surfer.open(authorize_url(service))
    page = surfer.at
    surfer.submit(email=AGENT)
    first = demo_provider.sign_in(surfer.left_for).replace("http://localhost:8000", "")
    surfer.open(page)
    surfer.submit(email="x@essais.gouv.fr")
    second = other_provider.sign_in(surfer.left_for, email="x@essais.gouv.fr", sub="x")
    second = second.replace("http://localhost:8000", "")
    answers = at_once(lambda number: same_browser(surfer).get((first, second)[number % 2]), 4)
    assert codes_in(answers) == 1
    assert Grant.objects.count() == 1
    assert Account.objects.count() == Connection.objects.count() == 1


def test_a_person_never_seen_who_finishes_several_journeys_at_once_has_one_account(
    service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    def depart(_: int) -> tuple[Surfer, str]:
        surfer = Surfer()
        surfer.goes_to(service, AGENT)
        return surfer, demo_provider.sign_in(surfer.left_for)

    trips = [depart(number) for number in range(5)]
    answers = at_once(lambda number: trips[number][0].open(trips[number][1]), 5)
    assert codes_in(answers) == 5
    assert Account.objects.count() == AccountLink.objects.count() == 1


def test_s078_an_account_joined_by_several_journeys_at_once_has_one_link(
    service: Client, local: Provider, demo_provider: DemoProvider
) -> None:
    ministry = registered(demo_provider, domains=[DOMAIN], proved=True)
    known = Account.objects.create()
    AccountLink.objects.create(account=known, provider=local, provider_sub="u1", email=AGENT)
    surfers = [Surfer() for _ in range(4)]
    for surfer in surfers:
        surfer.goes_to(service, AGENT)
    backs = [demo_provider.sign_in(surfer.left_for) for surfer in surfers]
    answers = at_once(lambda number: surfers[number].open(backs[number]), 4)
    assert codes_in(answers) == 4
    assert AccountLink.objects.get(provider=ministry).account == known
    assert Account.objects.count() == 1


def test_a_password_posted_several_times_at_once_makes_one_ticket(surfer: Surfer, service: Client) -> None:
    person = user(sirets=(SOFTWARE_COMPANY,))
    surfer.goes_to(service, person.email)
    page, form = surfer.at, {"password": PASSWORD, "csrfmiddlewaretoken": surfer.token}
    answers = at_once(lambda _: same_browser(surfer).post(page, form), 5)
    assert sum("ticket=" in answer.headers.get("Location", "") for answer in answers) == 1
    assert {answer.status_code for answer in answers} <= {302, 401}
    assert OneTimeThing.objects.filter(kind="identite.ticket").count() == 1


def test_a_ticket_brought_back_several_times_at_once_is_redeemed_once(
    surfer: Surfer, service: Client
) -> None:
    person = user(sirets=(SOFTWARE_COMPANY,))
    surfer.goes_to(service, person.email)
    form = {"password": PASSWORD, "csrfmiddlewaretoken": surfer.token}
    back = surfer.browser.post(surfer.at, form)["Location"].replace("http://localhost:8000", "")
    answers = at_once(lambda _: same_browser(surfer).get(back))
    assert codes_in(answers) == 1
    assert Grant.objects.count() == 1


def test_s109_a_reset_link_followed_several_times_at_once_changes_one_password(
    surfer: Surfer, service: Client
) -> None:
    person = user(sirets=(SOFTWARE_COMPANY,))
    surfer.goes_to(service, person.email)
    surfer.submit(f"{surfer.at}mot-de-passe-oublie/")
    link = found(r"^https?://[^/]+(/\S+jeton=\S+)$", last_mail().body)
    surfer.open(link)
    form = {"jeton": link.partition("jeton=")[2], "csrfmiddlewaretoken": surfer.token}

    def change(number: int) -> int:
        typed = form | {"password": f"{number} hérissons dansent ici"}
        return int(same_browser(surfer).post("/identite/mot-de-passe/", typed).status_code)

    assert Counter(at_once(change, 5)) == {302: 1, 400: 4}


def test_an_invitation_taken_several_times_at_once_gives_one_password(surfer: Surfer) -> None:
    invite(User.objects.create_user("nouveau@example.gouv.fr", is_staff=True))
    link = found(r"https?://[^/]+(/admin/invitation/\S+)", last_mail().body)
    surfer.open(link)
    token = surfer.token

    def accept(number: int) -> int:
        typed = {"password": f"{number} hérissons dansent ici", "csrfmiddlewaretoken": token}
        return int(same_browser(surfer).post(link, typed).status_code)

    assert Counter(at_once(accept, 5)) == {302: 1, 410: 4}


def test_s116_an_address_proved_in_several_browsers_at_once_is_one_account(service: Client) -> None:
    """Each asks for a code in turn; only the last code lives, whoever types it."""
    surfers = [Surfer() for _ in range(4)]
    for surfer in surfers:
        surfer.goes_to(service, "nora@logiciels-ponant.example")
    surfers[-1].submit(f"{surfers[-1].at}code/envoyer/")
    code = found("^([0-9]{5} [0-9]{5})$", last_mail().body)
    page, form = surfers[-1].at, {"code": code, "csrfmiddlewaretoken": surfers[-1].token}
    answers = at_once(lambda _: same_browser(surfers[-1]).post(page, form), 5)
    assert Counter(answer.status_code for answer in answers)[302] == 1
    assert User.objects.filter(email="nora@logiciels-ponant.example").count() == 1


def test_s105_of_one_code_posted_twenty_times_at_once_one_is_accepted(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    demand = {"id_token": {"acr": {"essential": True, "value": "eidas1-mfa"}}}
    surfer.goes_to(service, AGENT, claims=json.dumps(demand))
    surfer.open(demo_provider.sign_in(surfer.left_for))
    code = re.sub(r"\D", "", found(r"^(\d{5} \d{5})$", last_mail().body))
    typed = {"code": code, "csrfmiddlewaretoken": surfer.token}
    answers = at_once(lambda _: same_browser(surfer).post(surfer.at, typed), times=20)
    assert codes_in(answers) == 1
    assert Grant.objects.count() == 1


def test_s078_of_two_subs_that_claim_one_account_at_once_one_joins_it(
    ministry: Provider,
) -> None:
    """A FI that proved the domain, and gives one person's address to several subs."""
    ProviderDomain.objects.update(proved_at=timezone.now())
    theirs = account(at=identite(), email=AGENT)
    registry.look_again()
    provider, default = registry.find_provider(ministry.uid), registry.default_provider()
    assert provider

    def sign_in(number: int) -> UUID:
        asserted = identity(sub=f"agent-{number}", email=AGENT)
        known = reconciliation.find(provider, asserted, default=default)
        with transaction.atomic():
            return reconciliation.settle(known, provider, asserted, now=timezone.now())

    subs = at_once(sign_in)
    assert subs.count(theirs.sub) == 1
    assert len(set(subs)) == len(subs)


def test_a_sub_disputed_at_once_leaves_one_line(ministry: Provider) -> None:
    person = account(at=ministry, email=AGENT)
    registry.look_again()
    provider = registry.find_provider(ministry.uid)
    assert provider
    known = reconciliation.Known(person, person.links.get(), is_disputed=True)
    at_once(lambda number: reconciliation.dispute(known, provider, now=timezone.now()))
    assert AuditEntry.objects.filter(action="account.dispute", target=str(person.pk)).count() == 1
