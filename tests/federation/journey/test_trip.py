"""Whole trips through a real FI: who gets in, where, and how often each page is seen."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from federation import registry
from federation.models import Account, AccountLink, Connection, Provider
from tests.factories.federation import fs
from tests.federation.journey.conftest import DOMAIN, authorize_url, registered, token_of
from tests.federation.journey.trip import AGENT, Trip, answered, code_on


@pytest.fixture
def trip(navigator, service):
    return Trip(navigator, service)


def test_an_agent_enters_a_service_through_one_page_of_ours(trip, ministry, demo_provider):
    departure = trip.depart(state="given by the service")
    page = trip.browser.get(departure["Location"])
    assert f"Se connecter à {trip.service.name}" in page.content.decode()
    away = trip.type_email(departure)
    answer = answered(trip.come_back(demo_provider.sign_in(away["Location"])))
    assert answer["state"] == "given by the service"
    assert answer["iss"] == "http://localhost:8000/api/v2"
    assert answer["code"]


def test_a_second_service_opens_without_any_page(trip, ministry, demo_provider):
    trip.through(demo_provider)
    assert answered(Trip(trip.browser, fs()).depart())["code"]
    assert list(Connection.objects.order_by("at").values_list("is_silent", flat=True)) == [False, True]


def test_the_history_names_the_service_the_provider_and_the_organisation(trip, ministry, demo_provider):
    trip.through(demo_provider)
    line = Connection.objects.get()
    assert (line.client, line.provider, line.siret) == (trip.service, ministry, "13002526500013")


def test_s011_a_silent_request_without_session_shows_no_page_and_opens_no_session(trip):
    response = trip.depart(prompt="none")
    assert answered(response)["error"] == "login_required"
    assert not response.cookies


def test_a_silent_request_with_a_session_is_answered(trip, ministry, demo_provider):
    trip.through(demo_provider)
    assert answered(trip.depart(prompt="none"))["code"]


def test_prompt_login_sends_an_agent_with_a_session_back_to_the_provider(trip, ministry, demo_provider):
    trip.through(demo_provider)
    away = trip.to_provider(prompt="login")
    assert "prompt=login" in away


def test_a_session_ends_twelve_hours_after_it_was_opened_however_much_it_served(
    trip, ministry, demo_provider
):
    start = timezone.now()
    trip.through(demo_provider)
    with time_machine.travel(start + timedelta(hours=11, minutes=59), tick=False):
        registry.look_again()
        assert answered(trip.depart())["code"]
    with time_machine.travel(start + timedelta(hours=12, seconds=1), tick=False):
        assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_a_login_hint_skips_the_page(trip, ministry):
    assert trip.depart(login_hint=AGENT)["Location"].startswith(ministry.issuer)


def test_a_session_is_not_reused_for_another_address(trip, ministry, demo_provider):
    trip.through(demo_provider)
    assert "login_hint=paul" in trip.depart(login_hint="paul@exemples.gouv.fr")["Location"]


def test_an_idp_hint_skips_the_page(trip, ministry):
    assert trip.depart(idp_hint=str(ministry.uid))["Location"].startswith(ministry.issuer)


@pytest.mark.parametrize("hint", ["unknown", "00000000-0000-0000-0000-000000000000"])
def test_s085_an_idp_hint_that_leads_nowhere_is_told_to_the_service(trip, hint):
    assert answered(trip.depart(idp_hint=hint))["error"] == "idp_hint_not_found"


def test_what_was_typed_wrong_is_kept_and_explained(trip):
    response = trip.type_email(trip.depart(), "camille.durand@@exemples")
    text = response.content.decode()
    assert response.status_code == 400
    assert 'value="camille.durand@@exemples"' in text
    assert "<title>Erreur" in text


def test_the_address_is_remembered_only_when_asked(trip, ministry):
    departure = trip.depart()
    page = trip.browser.get(departure["Location"])
    typed = {"email": AGENT, "csrfmiddlewaretoken": token_of(page)}
    trip.browser.post(departure["Location"], typed | {"remember_me": "on"})
    assert AGENT in trip.browser.get(trip.depart()["Location"]).content.decode()
    trip.browser.post(departure["Location"], typed)
    assert AGENT not in trip.browser.get(trip.depart()["Location"]).content.decode()


def test_s083_case_and_spaces_do_not_change_where_an_address_leads(trip, ministry):
    away = trip.to_provider("  Camille.DURAND@Exemples.GOUV.fr ")
    assert away.startswith(ministry.issuer)


def test_an_address_nobody_serves_goes_to_identite(trip):
    assert "/identite/" in trip.type_email(trip.depart(), "marie@une-pme.fr")["Location"]


def test_s075_the_same_sub_at_two_providers_is_two_people(
    trip, ministry, agency, demo_provider, other_provider
):
    trip.through(demo_provider, said={"sub": "42"})
    trip.through(
        other_provider, "x@essais.gouv.fr", said={"sub": "42", "email": "x@essais.gouv.fr"}, prompt="login"
    )
    assert Account.objects.count() == 2


def test_the_sub_stays_when_the_address_changes(trip, ministry, demo_provider):
    trip.through(demo_provider)
    trip.through(demo_provider, said={"email": "camille.martin@exemples.gouv.fr"}, prompt="login")
    link = AccountLink.objects.get()
    assert link.email == "camille.martin@exemples.gouv.fr" or link.seen_at


@pytest.mark.parametrize("proved", [True, False])
def test_s078_an_address_joins_two_identities_only_where_the_provider_proved_the_domain(
    trip, demo_provider, proved
):
    ministry = registered(demo_provider, domains=[DOMAIN], proved=proved)
    theirs = Account.objects.create()
    identite = Provider.objects.get(name="identite")
    AccountLink.objects.create(account=theirs, provider=identite, provider_sub="u1", email=AGENT)
    trip.through(demo_provider)
    assert (AccountLink.objects.get(provider=ministry).account == theirs) is proved


def test_s076_a_provider_may_not_speak_for_another_domain(trip, ministry, demo_provider):
    response = trip.through(demo_provider, said={"email": "camille@ministere-b.gouv.fr"})
    assert code_on(response) == "Y500027"
    assert not Account.objects.exists()


def test_s077_the_address_that_counts_is_the_providers(trip, ministry, demo_provider):
    trip.through(demo_provider, "someone.else@exemples.gouv.fr")
    assert AccountLink.objects.get().email == AGENT


def test_s041_a_blocked_account_is_refused_even_with_an_open_session(trip, ministry, demo_provider):
    trip.through(demo_provider)
    Account.objects.update(blocked_at=timezone.now())
    assert code_on(trip.depart()) == "Y500024"
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_s087_a_provider_closed_meanwhile_answers_nobody(trip, ministry, demo_provider):
    back = demo_provider.sign_in(trip.to_provider())
    Provider.objects.filter(pk=ministry.pk).update(is_active=False)
    registry.look_again()
    assert code_on(trip.come_back(back)) == "Y020017"


def test_s087_a_session_dies_with_its_provider(trip, ministry, demo_provider):
    trip.through(demo_provider)
    Provider.objects.filter(pk=ministry.pk).update(is_active=False)
    registry.look_again()
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_s088_a_private_person_does_not_enter_a_service_for_agents(navigator, ministry, demo_provider):
    trip = Trip(navigator, fs(private=False))
    response = trip.through(demo_provider, said={"siret": "55208131766522"})
    assert code_on(response) == "Y500015"
    assert "réservé aux agents publics" in response.content.decode()


def test_s089_a_service_that_admits_some_addresses_refuses_the_others_even_with_a_session(
    trip, ministry, demo_provider
):
    trip.through(demo_provider)
    strict = Trip(trip.browser, fs(allowed_email_domains=["ministere-b.gouv.fr"]))
    assert code_on(strict.depart()) == "Y500025"


def test_s069_a_refusal_of_the_provider_is_explained_and_leads_back(trip, ministry, demo_provider):
    demo_provider.misbehave(
        callback={"code": None, "error": "access_denied", "error_description": "<script>alert(1)</script>"}
    )
    response = trip.through(demo_provider)
    text = response.content.decode()
    assert code_on(response) == "Y020032"
    assert "<script>alert" not in text
    assert "mailto:aide@exemples.gouv.fr" in text
    assert trip.service.redirect_uri_list[0] in text


def test_queries_of_a_silent_sign_in(trip, ministry, demo_provider, django_assert_max_num_queries):
    trip.through(demo_provider)
    trip.depart()
    with django_assert_max_num_queries(3) as counted:  # the session's own: no Redis here
        trip.depart()
    assert len([query for query in counted if "django_session" not in query["sql"]]) == 2


NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def test_queries_of_a_whole_sign_in_that_is_not_the_first(
    trip, ministry, demo_provider, django_assert_max_num_queries
):
    """From authorize to userinfo. Nine more than with Redis, which then keeps journeys and transactions."""
    trip.redeem(answered(trip.through(demo_provider))["code"])  # keys and copies are made at the first
    trip.browser.cookies.clear()
    with django_assert_max_num_queries(99) as captured:
        given = trip.redeem(answered(trip.through(demo_provider))["code"])
        trip.browser.get("/api/v2/userinfo", headers={"authorization": f"Bearer {given['access_token']}"})
    counted = [query["sql"] for query in captured if not query["sql"].startswith(NOT_COUNTED)]
    in_a_store = [sql for sql in counted if "platform_onetimething" in sql or "django_session" in sql]
    assert len(counted) - len(in_a_store) <= 6
    assert len(counted) <= 14 + 2, "\n".join(counted)


def test_s154_the_email_form_needs_its_token(trip):
    departure = trip.depart()
    trip.browser.get(departure["Location"])
    assert trip.browser.post(departure["Location"], {"email": AGENT}).status_code == 403


def test_a_request_is_checked_before_any_page(navigator, service):
    assert code_on(navigator.get(authorize_url(service, redirect_uri="https://elsewhere.fr"))) == "Y030031"
