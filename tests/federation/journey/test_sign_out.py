"""RP-initiated logout: who is signed out, where they land, and what stays alive."""

from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from federation.op.id_token import read_hint
from federation.rp import metadata
from tests.factories.federation import fs
from tests.federation.journey.conftest import token_of
from tests.federation.journey.trip import Trip, answered, code_on


@pytest.fixture
def trip(navigator, service, ministry):
    return Trip(navigator, service)


def tokens(trip, demo_provider):
    return trip.redeem(answered(trip.through(demo_provider))["code"])


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
    page = navigator.get("/api/v2/session/end", {"client_id": service.client_id})
    assert "Vous êtes déconnecté" in page.content.decode()


@pytest.mark.parametrize("name", ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"])
def test_a_doubled_or_endless_parameter_is_refused(navigator, name):
    assert code_on(navigator.get(f"/api/v2/session/end?{name}=a&{name}=b")) == "Y000400"
    assert code_on(navigator.get(f"/api/v2/session/end?{name}={'x' * 4097}")) == "Y000400"
