"""Several tabs, several services, several FI, other browsers: journeys never meet."""

import itertools

import pytest
from django.test import Client as Browser

from tests.factories.federation import fs
from tests.federation.journey.conftest import registered, token_of
from tests.federation.journey.trip import Trip, answered, code_on
from tests.mirrors.provider.double import answer_in

EMAILS = ("camille.durand@exemples.gouv.fr", "x@essais.gouv.fr")


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1))), ids=str)
def test_s155_two_tabs_with_two_services_and_two_providers_finish_right_in_any_order(
    navigator, ministry, agency, demo_provider, other_provider, order
):
    trips = [Trip(navigator, fs()), Trip(navigator, fs())]
    states = ["state of the first tab", "state of the second tab"]
    departures = [trip.depart(state=state) for trip, state in zip(trips, states, strict=True)]
    away = [
        trip.type_email(*each) for trip, each in zip(trips, zip(departures, EMAILS, strict=True), strict=True)
    ]
    back = [
        demo_provider.sign_in(away[0]["Location"]),
        other_provider.sign_in(away[1]["Location"], email=EMAILS[1], sub="agency-1"),
    ]
    for tab in order:
        response = trips[tab].come_back(back[tab])
        assert response["Location"].startswith(trips[tab].service.redirect_uri_list[0])
        assert answered(response)["state"] == states[tab]


def test_s059_a_callback_without_a_known_state_is_refused_and_changes_no_session(
    navigator, ministry, demo_provider
):
    trip = Trip(navigator, fs())
    trip.through(demo_provider)
    for query in (
        "",
        "?state=",
        "?state=unknown&code=x",
        "?error=access_denied",
        "?journey=nothing&ticket=x",
    ):
        assert code_on(navigator.get(f"/api/v2/oidc-callback{query}")) == "Y190012"
    assert answered(trip.depart(prompt="none"))["code"]


def test_s060_a_callback_opened_in_another_browser_is_refused(navigator, ministry, demo_provider):
    trip = Trip(navigator, fs())
    back = demo_provider.sign_in(trip.to_provider())
    victim = Trip(Browser(), trip.service)
    assert code_on(victim.come_back(back)) == "Y190001"
    assert answered(victim.depart(prompt="none"))["error"] == "login_required"
    assert answered(trip.come_back(back))["code"], "the attempt burnt nothing of the person's own journey"


def test_s061_a_state_serves_once(navigator, ministry, demo_provider):
    trip = Trip(navigator, fs())
    back = demo_provider.sign_in(trip.to_provider())
    assert answered(trip.come_back(back))["code"]
    assert code_on(trip.come_back(back)) == "Y190012"
    assert answered(trip.depart(prompt="none"))["code"]


def test_s066_the_answer_of_one_provider_cannot_be_delivered_under_the_state_of_another(
    navigator, ministry, agency, demo_provider, other_provider
):
    trip = Trip(navigator, fs())
    honest, hostile = trip.to_provider(), trip.to_provider(EMAILS[1])
    stolen = answer_in(demo_provider.sign_in(honest))["code"]
    under = answer_in(other_provider.sign_in(hostile, email=EMAILS[1]))["state"]
    response = navigator.get("/api/v2/oidc-callback", {"state": under, "code": stolen})
    assert code_on(response) == "Y020026"


def test_s156_a_journey_opened_by_a_link_in_another_browser_is_absent(navigator, ministry):
    departure = Trip(navigator, fs()).depart()
    page = Browser().get(departure["Location"])
    assert page.status_code == 401
    assert code_on(page) == "Y190001"


def test_s086_a_choice_among_several_providers_is_checked_again(navigator, demo_provider, other_provider):
    shared = "partage.gouv.fr"
    first = registered(demo_provider, domains=[shared], title="Premier")
    second = registered(other_provider, domains=[shared], title="Second")
    trip = Trip(navigator, fs())
    chooser = trip.type_email(trip.depart(), f"alix@{shared}")["Location"]
    page = navigator.get(chooser)
    assert page.content.decode().index("Premier") < page.content.decode().index("Second")
    token = token_of(page)
    forged = navigator.post(
        chooser, {"provider": "71144ab3-ee1a-4401-b7b3-79b44f7daeeb", "csrfmiddlewaretoken": token}
    )
    assert forged.status_code == 400
    chosen = navigator.post(chooser, {"provider": str(second.uid), "csrfmiddlewaretoken": token})
    assert chosen["Location"].startswith(second.issuer)
    assert first.uid != second.uid


def test_s152_the_session_key_is_renewed_at_each_login(navigator, ministry, demo_provider, settings):
    trip = Trip(navigator, fs())
    navigator.cookies[settings.SESSION_COOKIE_NAME] = "planted-by-somebody-else"
    trip.through(demo_provider)
    first = navigator.cookies[settings.SESSION_COOKIE_NAME].value
    trip.through(demo_provider, prompt="login")
    second = navigator.cookies[settings.SESSION_COOKIE_NAME].value
    assert len({"planted-by-somebody-else", first, second}) == 3


def test_s153_cookies_are_http_only_and_lax(navigator, ministry, demo_provider):
    trip = Trip(navigator, fs())
    trip.through(demo_provider)
    assert navigator.cookies
    for cookie in navigator.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
