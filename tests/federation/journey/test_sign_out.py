"""RP-initiated logout: who is signed out, where they land, and what stays alive."""

from time import monotonic
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client as Browser

from federation.models import SsoSession
from federation.op.id_token import read_hint
from federation.rp import metadata
from tests.factories.federation import fs
from tests.federation.journey.conftest import token_of
from tests.federation.journey.trip import Trip, answered, code_on
from tests.federation.op.asking import read_userinfo, renew

END = "/api/v2/session/end"


@pytest.fixture
def trip(navigator, service, ministry):
    return Trip(navigator, service)


def tokens(trip, demo_provider):
    return trip.redeem(answered(trip.through(demo_provider))["code"])


def state_given_to(away):
    """Under which the return of the FI is awaited."""
    return parse_qs(urlsplit(away["Location"]).query)["state"][0]


def test_s053_sign_out_ends_the_session_goes_through_the_provider_and_returns_with_the_state(
    trip, demo_provider
):
    given = tokens(trip, demo_provider)
    home = trip.service.post_logout_redirect_uri_list[0]
    away = trip.browser.get(
        "/api/v2/session/end",
        {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home, "state": "s 1&2"},
    )
    assert away["Location"].startswith(demo_provider.issuer)
    asked = parse_qs(urlsplit(away["Location"]).query)
    back = trip.browser.get("/api/v2/client/logout-callback", {"state": asked["state"][0]})
    assert back["Location"].startswith(home)
    assert parse_qs(urlsplit(back["Location"]).query) == {"state": ["s 1&2"]}
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"
    userinfo = trip.browser.get(
        "/api/v2/userinfo", headers={"authorization": f"Bearer {given['access_token']}"}
    )
    assert userinfo.status_code == 401


@pytest.mark.parametrize("altered", ["?foo=bar", "/", "#x"])
def test_s054_an_unregistered_return_address_is_never_followed(trip, demo_provider, altered):
    given = tokens(trip, demo_provider)
    uri = trip.service.post_logout_redirect_uri_list[0] + altered
    response = trip.browser.get(
        "/api/v2/session/end", {"id_token_hint": given["id_token"], "post_logout_redirect_uri": uri}
    )
    assert code_on(response) == "Y030111"


@pytest.mark.parametrize("hint", ["", "forged.forged.forged"])
def test_s055_without_proof_the_person_is_asked_first(trip, demo_provider, hint):
    tokens(trip, demo_provider)
    page = trip.browser.get("/api/v2/session/end", {"id_token_hint": hint})
    assert page.status_code == 200
    assert "Voulez-vous vous déconnecter" in page.content.decode()
    assert answered(trip.depart(prompt="none"))["code"]
    done = trip.browser.post("/api/v2/session/end/confirm", {"csrfmiddlewaretoken": token_of(page)})
    assert done.status_code == 303
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_s056_an_expired_id_token_is_still_a_hint(trip, demo_provider):
    given = tokens(trip, demo_provider)
    with time_machine.travel("2126-01-01", tick=False):
        assert read_hint(given["id_token"]) is not None


def test_s057_a_provider_out_of_reach_does_not_keep_anybody_signed_in(trip, demo_provider):
    given = tokens(trip, demo_provider)
    demo_provider.misbehave(trouble={"discovery": {"kind": "status", "value": 500}})
    metadata.forget()
    cache.clear()
    home = trip.service.post_logout_redirect_uri_list[0]
    response = trip.browser.get(
        "/api/v2/session/end", {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home}
    )
    assert response["Location"] == home
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_s058_after_sign_out_the_old_cookie_opens_nothing(trip, demo_provider, settings):
    given = tokens(trip, demo_provider)
    stolen = trip.browser.cookies[settings.SESSION_COOKIE_NAME].value
    trip.browser.get("/api/v2/session/end", {"id_token_hint": given["id_token"]})
    trip.browser.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_the_hint_of_another_person_does_not_sign_this_one_out_unasked(trip, demo_provider):
    theirs = tokens(trip, demo_provider)
    trip.through(demo_provider, said={"sub": "another", "email": "other@exemples.gouv.fr"}, prompt="login")
    page = trip.browser.get("/api/v2/session/end", {"id_token_hint": theirs["id_token"]})
    assert "Voulez-vous vous déconnecter" in page.content.decode()


def test_signing_out_of_nothing_leads_home_all_the_same(navigator):
    service = fs()
    page = navigator.get(END, {"client_id": service.client_id})
    assert "Vous êtes déconnecté" in page.content.decode()
    home = service.post_logout_redirect_uri_list[0]
    asked = {"client_id": service.client_id, "post_logout_redirect_uri": home, "state": "é&=+%20"}
    back = navigator.get(END, asked)["Location"]
    assert back.startswith(f"{home}?")
    assert parse_qs(urlsplit(back).query) == {"state": ["é&=+%20"]}


# A form posted from the FS's site: the browser sends none of our cookies with it


def post_from_elsewhere(form):
    """Cookies that are SameSite=Lax stay behind."""
    return Browser().post(END, form)


@pytest.mark.parametrize("state", ["s 1&2", "é+%2B/==", "x" * 4096])
def test_a_form_posted_from_the_site_of_the_fs_ends_the_session(
    navigator, service, ministry, demo_provider, state
):
    trip = Trip(navigator, service)
    given = tokens(trip, demo_provider)
    home = service.post_logout_redirect_uri_list[0]
    form = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home, "state": state}
    again = post_from_elsewhere(form)
    assert again.status_code == 303
    assert again["Location"].startswith(f"{END}?")
    assert given["id_token"] not in again["Location"]
    away = navigator.get(again["Location"])
    back = navigator.get("/api/v2/client/logout-callback", {"state": state_given_to(away)})
    assert back["Location"] == f"{home}?{urlencode({'state': state})}"
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_a_form_posted_without_proof_asks_the_person_and_remembers_what_it_held(
    navigator, service, ministry, demo_provider
):
    trip = Trip(navigator, service)
    tokens(trip, demo_provider)
    home = service.post_logout_redirect_uri_list[0]
    form = {"client_id": service.client_id, "post_logout_redirect_uri": home, "state": "s1"}
    page = navigator.get(post_from_elsewhere(form)["Location"])
    text = page.content.decode()
    assert "Voulez-vous vous déconnecter" in text
    assert 'name="state" value="s1"' in text
    assert answered(trip.depart(prompt="none"))["code"]


def test_a_form_posted_with_our_cookies_is_done_at_once(trip, demo_provider):
    given = tokens(trip, demo_provider)
    away = trip.browser.post(END, {"id_token_hint": given["id_token"]})
    assert away["Location"].startswith(demo_provider.issuer)
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_what_nobody_posted_is_nothing(trip, demo_provider):
    assert "Vous êtes déconnecté" in trip.browser.get(END, {"posted": "unknown"}).content.decode()


# Whatever the FI does, the person is signed out here


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "status", "value": 500},
        {"kind": "html"},
        {"kind": "slow", "value": 6},
    ],
    ids=["error", "html", "silence"],
)
def test_s057_a_provider_in_trouble_is_skipped_soon(trip, demo_provider, trouble):
    given = tokens(trip, demo_provider)
    demo_provider.misbehave(trouble={"discovery": trouble})
    metadata.forget()
    cache.clear()
    home = trip.service.post_logout_redirect_uri_list[0]
    begun = monotonic()
    response = trip.browser.get(END, {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home})
    assert response["Location"] == home
    assert monotonic() - begun < 3
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_s057_a_provider_that_never_sends_the_browser_back_has_ended_nothing_less(trip, demo_provider):
    """Raw JSON, an error page, a closed tab: the session is over here, and asking again leads home."""
    given = tokens(trip, demo_provider)
    home = trip.service.post_logout_redirect_uri_list[0]
    asked = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home, "state": "s1"}
    assert trip.browser.get(END, asked)["Location"].startswith(demo_provider.issuer)
    assert read_userinfo(given["access_token"]).status_code == 401
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"
    assert trip.browser.get(END, asked)["Location"] == f"{home}?state=s1"


@pytest.mark.parametrize("forgotten", [{}, {"state": ""}])
def test_a_provider_that_forgets_the_state_still_leads_home(trip, demo_provider, forgotten):
    given = tokens(trip, demo_provider)
    home = trip.service.post_logout_redirect_uri_list[0]
    trip.browser.get(
        END, {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home, "state": "s"}
    )
    back = trip.browser.get("/api/v2/client/logout-callback", forgotten)
    assert back["Location"] == f"{home}?state=s"
    again = trip.browser.get("/api/v2/client/logout-callback", forgotten)
    assert "Vous êtes déconnecté" in again.content.decode()


def test_the_way_back_from_the_provider_serves_once(trip, demo_provider):
    given = tokens(trip, demo_provider)
    home = trip.service.post_logout_redirect_uri_list[0]
    away = trip.browser.get(END, {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home})
    state = {"state": state_given_to(away)}
    assert trip.browser.get("/api/v2/client/logout-callback", state)["Location"] == home
    again = trip.browser.get("/api/v2/client/logout-callback", state)
    assert "Vous êtes déconnecté" in again.content.decode()


def test_two_tabs_signed_out_one_after_the_other_both_come_back(trip, demo_provider):
    home = trip.service.post_logout_redirect_uri_list[0]
    given = []
    for number in (1, 2):
        hint = tokens(trip, demo_provider)["id_token"]
        asked = {"id_token_hint": hint, "post_logout_redirect_uri": home, "state": f"s{number}"}
        given.append(state_given_to(trip.browser.get(END, asked)))
    for number in (1, 2):
        back = trip.browser.get("/api/v2/client/logout-callback", {"state": given[number - 1]})
        assert back["Location"] == f"{home}?state=s{number}"


@pytest.mark.parametrize("wrong", ["other", "<script>", "é", "x" * 5000, "."])
def test_s057_a_return_under_a_state_nobody_gave_leads_nowhere(trip, demo_provider, wrong):
    given = tokens(trip, demo_provider)
    home = trip.service.post_logout_redirect_uri_list[0]
    trip.browser.get(END, {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home})
    page = trip.browser.get("/api/v2/client/logout-callback", {"state": wrong})
    assert "Vous êtes déconnecté" in page.content.decode()
    assert "Location" not in page


def test_the_return_of_another_browser_leads_nowhere(trip, demo_provider):
    given = tokens(trip, demo_provider)
    home = trip.service.post_logout_redirect_uri_list[0]
    away = trip.browser.get(END, {"id_token_hint": given["id_token"], "post_logout_redirect_uri": home})
    state = {"state": state_given_to(away)}
    page = Browser().get("/api/v2/client/logout-callback", state)
    assert "Vous êtes déconnecté" in page.content.decode()
    assert trip.browser.get("/api/v2/client/logout-callback", state)["Location"] == home


# What the server keeps


def test_the_row_tells_why_it_ended_and_every_token_is_dead(trip, demo_provider):
    given = tokens(trip, demo_provider)
    trip.browser.get(END, {"id_token_hint": given["id_token"]})
    row = SsoSession.objects.get()
    assert row.ending == SsoSession.Ending.SIGNED_OUT
    assert row.ended_at
    assert renew(trip.service, given["refresh_token"]).json()["error"] == "invalid_grant"


def test_s058_the_servers_record_of_the_browser_is_gone(trip, demo_provider, settings):
    given = tokens(trip, demo_provider)
    key = trip.browser.cookies[settings.SESSION_COOKIE_NAME].value
    trip.browser.get(END, {"id_token_hint": given["id_token"]})
    assert not trip.browser.session.exists(key)


@pytest.mark.parametrize("name", ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"])
def test_a_doubled_or_endless_parameter_is_refused(navigator, name):
    assert code_on(navigator.get(f"/api/v2/session/end?{name}=a&{name}=b")) == "Y000400"
    assert code_on(navigator.get(f"/api/v2/session/end?{name}={'x' * 4097}")) == "Y000400"
