"""An address nobody seems to have: told once, never in the way, and telling nobody who has an account."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from federation.journey import plausibility
from federation.models import AccountLink, Client, Provider
from proconnect.kernel.email_address import EmailAddress
from tests.factories.federation import account, identite
from tests.federation.journey.conftest import DOMAIN, token_of
from tests.federation.journey.trip import AGENT, Trip, answered
from tests.mirrors.name_server import NameServer

SLIP = "camille.durand@exmples.gouv.fr"
NOWHERE = "marie@societe-disparue.fr"
UUID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
DOUBT = "ne semble pas recevoir d’e-mails"


@pytest.fixture
def trip(navigator: Browser, service: Client) -> Trip:
    return Trip(navigator, service)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = monotonic()
    yield
    assert monotonic() - start < seconds


def page_after(trip: Trip, email: str, **parameters: str) -> str:
    """The page shown once this address was typed."""
    response = trip.type_email(trip.depart(**parameters), email)
    assert "/interaction/" in response["Location"]
    page = trip.browser.get(response["Location"])
    assert page.status_code == 200
    return str(page.content.decode())


def offered_in(text: str) -> list[str]:
    """The addresses that a button goes on with."""
    return re.findall(r'<input type="hidden" name="email" value="([^"]+)">', text)


def test_an_address_nobody_can_have_is_doubted_in_one_sentence_and_kept(
    trip: Trip, names: NameServer
) -> None:
    text = page_after(trip, NOWHERE)
    assert f"Le domaine « societe-disparue.fr » {DOUBT}. Vérifiez votre adresse." in text
    assert f'value="{NOWHERE}"' in text
    assert "<title>Erreur" in text
    assert offered_in(text) == [NOWHERE]


def test_a_slip_is_mended_by_one_button(trip: Trip, names: NameServer, ministry: Provider) -> None:
    departure = trip.depart()
    doubted = trip.type_email(departure, SLIP)
    text = trip.browser.get(doubted["Location"]).content.decode()
    assert f"Vouliez-vous écrire <strong>{AGENT}</strong> ?" in text
    assert offered_in(text) == [AGENT, SLIP]
    assert trip.type_email(doubted, AGENT)["Location"].startswith(ministry.issuer)


def test_whoever_keeps_a_doubted_address_goes_on(trip: Trip, names: NameServer) -> None:
    doubted = trip.type_email(trip.depart(), NOWHERE)
    assert "/identite/" in trip.type_email(doubted, f" {NOWHERE.upper()} ")["Location"]


def test_another_doubtful_address_is_doubted_in_its_turn(trip: Trip, names: NameServer) -> None:
    doubted = trip.type_email(trip.depart(), NOWHERE)
    again = trip.type_email(doubted, "marie@societe-perdue.fr")
    assert "societe-perdue.fr" in trip.browser.get(again["Location"]).content.decode()
    back = trip.type_email(again, NOWHERE)
    assert "/interaction/" in back["Location"], "it was not the address just doubted"


def test_to_be_remembered_is_kept_through_a_doubt(trip: Trip, names: NameServer) -> None:
    departure = trip.depart()
    token = token_of(trip.browser.get(departure["Location"]))
    typed = {"email": NOWHERE, "remember_me": "on", "csrfmiddlewaretoken": token}
    doubted = trip.browser.post(departure["Location"], typed)
    text = trip.browser.get(doubted["Location"]).content.decode()
    assert '<input type="hidden" name="remember_me" value="on">' in text


@pytest.mark.parametrize("hint", [NOWHERE, NOWHERE.title()])
def test_an_address_hinted_by_the_service_is_doubted_too(trip: Trip, names: NameServer, hint: str) -> None:
    departure = trip.depart(login_hint=hint)
    assert DOUBT in trip.browser.get(departure["Location"]).content.decode()
    assert "/identite/" in trip.type_email(departure, hint)["Location"]


def test_the_dns_is_not_asked_twice_for_one_address(trip: Trip, names: NameServer) -> None:
    page_after(trip, NOWHERE)
    assert names.asked.count(("societe-disparue.fr", "MX")) == 1


# What is plausible


@pytest.mark.parametrize("kind", ["MX", "A", "AAAA"])
def test_an_address_of_a_domain_that_receives_mail_is_plausible(
    trip: Trip, names: NameServer, kind: str
) -> None:
    answers = {"MX": "10 mx.une-pme.fr.", "A": "192.0.2.1", "AAAA": "2001:db8::1"}
    names.says("une-pme.fr", kind, answers[kind])
    assert "/identite/" in trip.to_provider("marie@une-pme.fr")


def test_an_address_that_a_fi_serves_is_plausible_without_asking(
    trip: Trip, names: NameServer, ministry: Provider
) -> None:
    assert trip.to_provider().startswith(ministry.issuer)
    assert names.asked == []


def test_a_frequent_domain_is_plausible_without_asking(trip: Trip, names: NameServer) -> None:
    assert "/identite/" in trip.to_provider("marie@orange.fr")
    assert names.asked == []


def test_a_person_we_know_is_not_doubted_though_their_domain_died(trip: Trip, names: NameServer) -> None:
    account(at=identite(), email=NOWHERE)
    assert "/identite/" in trip.to_provider(NOWHERE)
    assert DOUBT in page_after(trip, "paul@societe-disparue.fr")


# Never in the way


def test_without_a_resolver_nobody_is_doubted(trip: Trip) -> None:
    assert "/identite/" in trip.to_provider(NOWHERE)


def test_a_resolver_that_fails_doubts_nobody(trip: Trip, names: NameServer) -> None:
    names.failing.add("societe-disparue.fr")
    assert "/identite/" in trip.to_provider(NOWHERE)


def test_a_resolver_that_is_silent_doubts_nobody_and_holds_them_a_second_at_most(
    trip: Trip, names: NameServer
) -> None:
    names.silent.add("societe-disparue.fr")
    departure = trip.depart()
    page = trip.browser.get(departure["Location"])
    typed = {"email": NOWHERE, "csrfmiddlewaretoken": token_of(page)}
    with within(plausibility.PATIENCE.total_seconds() + 0.5):
        response = trip.browser.post(departure["Location"], typed)
    assert "/identite/" in response["Location"]


def test_where_nobody_may_be_asked_nothing_is(trip: Trip, names: NameServer, ministry: Provider) -> None:
    assert answered(trip.depart(prompt="none", login_hint=NOWHERE))["error"] == "login_required"
    assert trip.depart(idp_hint=str(ministry.uid), login_hint=NOWHERE)["Location"].startswith(ministry.issuer)
    assert names.asked == []


# No oracle


def answer_and_queries(trip: Trip, email: str) -> tuple[int, str, int]:
    trip.browser.cookies.clear()
    departure = trip.depart()
    page = trip.browser.get(departure["Location"])
    typed = {"email": email, "csrfmiddlewaretoken": token_of(page)}
    with CaptureQueriesContext(connection) as queries:
        response = trip.browser.post(departure["Location"], typed)
    return response.status_code, UUID.sub("", response["Location"].split("?")[0]), len(queries)


@pytest.mark.parametrize("domain", [DOMAIN, "une-pme.fr", "orange.fr"])
def test_s084_the_answer_is_the_same_whoever_has_an_account(
    trip: Trip, names: NameServer, ministry: Provider, domain: str
) -> None:
    names.says("une-pme.fr", "MX", "10 mx.une-pme.fr.")
    account(at=ministry if domain == DOMAIN else identite(), email=f"connue@{domain}")
    trip.to_provider(f"personne@{domain}")  # the FI's keys, the pages' copies
    known, unknown = (answer_and_queries(trip, f"{local}@{domain}") for local in ("connue", "jamais-vue"))
    assert known == unknown
    asked = [name for name, _ in names.asked]
    assert len(asked) in (0, 3), "the DNS too is asked alike"


def test_s084_the_account_is_looked_for_last(names: NameServer) -> None:
    """Where the domain answers, no query tells a person who is known from another."""
    names.says("une-pme.fr", "MX", "10 mx.une-pme.fr.")
    with CaptureQueriesContext(connection) as queries:
        assert plausibility.is_plausible(EmailAddress.parse("marie@une-pme.fr"))
    assert AccountLink._meta.db_table not in str(queries.captured_queries)


def test_the_page_suggests_no_fi_in_acceptance_nor_closed(
    trip: Trip, names: NameServer, ministry: Provider
) -> None:
    Provider.objects.filter(pk=ministry.pk).update(is_routed=False)
    assert offered_in(page_after(trip, SLIP)) == [SLIP]


def test_what_was_typed_is_escaped(trip: Trip, names: NameServer) -> None:
    hostile = "a'&lt=b@societe-disparue.fr"
    text = page_after(trip, hostile)
    assert hostile not in text
    assert offered_in(text) == ["a&#x27;&amp;lt=b@societe-disparue.fr"]
