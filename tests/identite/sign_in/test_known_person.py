"""Somebody who has an account: password, open session, several organisations, several tabs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from identite.provider import Identite
from proconnect.kernel.contracts.identity_provider import HeldIdentity, ProviderRefused
from tests.factories.identite import DINUM, PASSWORD, SOFTWARE_COMPANY, TOWN_HALL, user
from tests.identite.visitor import Visitor, time_passes

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return user(email="camille@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,))


@pytest.fixture
def member_of_two():
    return user(email="camille@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY, TOWN_HALL))


def test_a_password_is_the_only_screen(person):
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in()
    assert visitor.screens == ["sign-in"]
    identity = visitor.redeem()
    assert (identity.sub, identity.siret) == (str(person.pk), SOFTWARE_COMPANY)
    assert (identity.acr, identity.amr) == ("eidas0", ("pwd",))


def test_a_wrong_password_keeps_the_address_and_empties_the_password(person):
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in("pas le bon mot de passe")
    assert visitor.response.status_code == 400
    assert person.email in visitor.text
    assert "pas le bon" not in visitor.text
    assert "<title>Erreur :" in visitor.text


def test_an_open_session_is_reused_without_a_page(person):
    first = Visitor(login_hint=person.email)
    first.signs_in()
    again = Visitor(client=first.client, login_hint=person.email)
    assert again.is_back
    assert again.redeem().authenticated_at == first.redeem().authenticated_at


@pytest.mark.parametrize(
    "wish",
    [{"fresh": True}, {"max_age": timedelta()}, {"login_hint": "autre@logiciels-ponant.example"}],
    ids=["prompt=login", "max_age=0", "another address"],
)
def test_an_open_session_is_not_reused_when_the_ask_excludes_it(person, wish):
    first = Visitor(login_hint=person.email)
    first.signs_in()
    again = Visitor(client=first.client, **{"login_hint": person.email} | wish)
    assert again.page == "sign-in"


@pytest.mark.parametrize("wish", [{"fresh": True}, {"max_age": timedelta()}])
def test_a_fresh_authentication_is_asked_once_not_in_a_loop(person, wish):
    visitor = Visitor(login_hint=person.email, **wish)
    visitor.signs_in()
    assert visitor.is_back


def test_a_person_of_several_organisations_chooses_one_for_this_passage(member_of_two):
    visitor = Visitor(login_hint=member_of_two.email)
    visitor.signs_in()
    assert visitor.page == "choose-organization"
    visitor.post("choose-organization", siret=DINUM)
    assert visitor.response.status_code == 400, "not one of theirs"
    visitor.post("choose-organization", siret=TOWN_HALL)
    assert visitor.redeem().siret == TOWN_HALL


def test_the_suggested_organisation_is_chosen_when_it_is_theirs(member_of_two):
    visitor = Visitor(login_hint=member_of_two.email, siret_hint=TOWN_HALL)
    visitor.signs_in()
    assert visitor.redeem().siret == TOWN_HALL


def test_a_suggested_organisation_that_is_not_theirs_is_no_access(person):
    visitor = Visitor(login_hint=person.email, siret_hint=DINUM)
    visitor.signs_in()
    assert visitor.page == "choose-organization"


def test_a_closed_account_is_not_let_in():
    closed = user(email="partie@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,), is_active=False)
    visitor = Visitor(login_hint=closed.email)
    visitor.signs_in()
    assert visitor.page == "sign-in"
    visitor.post("code", code=visitor.asks_for_a_code())
    assert visitor.response.status_code == 403
    assert "Y480002" in visitor.text


def test_s152_a_sign_in_renews_the_session_key_and_ignores_a_planted_one(person):
    visitor = Visitor(login_hint=person.email)
    visitor.client.cookies[settings.IDENTITE_SESSION_COOKIE_NAME] = "planted-by-an-attacker-0123456789"
    visitor.signs_in()
    first = visitor.client.cookies[settings.IDENTITE_SESSION_COOKIE_NAME].value
    assert first != "planted-by-an-attacker-0123456789"
    again = Visitor(client=visitor.client, login_hint=person.email, fresh=True)
    again.signs_in()
    assert visitor.client.cookies[settings.IDENTITE_SESSION_COOKIE_NAME].value != first


def test_s154_every_post_wants_a_csrf_token(person):
    visitor = Visitor(client=Client(enforce_csrf_checks=True), login_hint=person.email)
    for page in ("sign-in", "send-code", "code", "forgotten-password"):
        response = visitor.client.post(visitor.url(page), {"password": PASSWORD, "code": "1"})
        assert response.status_code == 403, page


def test_s155_two_tabs_finish_in_any_order_each_with_its_own_journey(member_of_two):
    first = Visitor(login_hint=member_of_two.email)
    second = Visitor(client=first.client, login_hint=member_of_two.email, client_name="Autre service")
    second.signs_in()
    second.post("choose-organization", siret=TOWN_HALL)
    first.get("sign-in")
    first.post("choose-organization", siret=SOFTWARE_COMPANY)
    assert first.redeem().siret == SOFTWARE_COMPANY
    assert second.redeem().siret == TOWN_HALL


def test_s155_two_tabs_with_two_people_never_mix(person):
    other = user(email="alex@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,))
    first = Visitor(login_hint=person.email)
    second = Visitor(client=first.client, login_hint=other.email)
    first.signs_in()
    second.signs_in()
    assert second.redeem().sub == str(other.pk)
    assert first.redeem().sub == str(person.pk)


def test_s156_a_passage_opened_in_another_browser_is_absent_there(person):
    visitor = Visitor(login_hint=person.email)
    for page in ("sign-in", "code", "leave", "organization"):
        response = Client().get(visitor.url(page))
        assert response.status_code == 401, page
        assert "Y480001" in response.content.decode()


def test_a_ticket_serves_once_and_only_its_own_journey(person):
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in()
    for wrong in ({"journey_id": uuid4()}, {"provider_uid": uuid4()}):
        with pytest.raises(ProviderRefused):
            visitor.redeem(**wrong)
    assert visitor.redeem().sub == str(person.pk)
    with pytest.raises(ProviderRefused):
        visitor.redeem()


def test_a_ticket_dies_in_a_minute(person):
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in()
    time_passes(timedelta(seconds=61))
    with pytest.raises(ProviderRefused):
        visitor.redeem()


def test_a_passage_is_answered_once(person):
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in()
    response = visitor.client.get(visitor.url("sign-in"))
    assert response.status_code == 401


def test_signing_out_at_the_broker_closes_our_session_too(person):
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in()
    request = RequestFactory().get("/api/v2/session/end")
    request.COOKIES = {name: morsel.value for name, morsel in visitor.client.cookies.items()}
    held = HeldIdentity(
        provider_uid=visitor.ask.provider_uid,
        sub=str(person.pk),
        proof="",
        return_to="https://x.example/",
        state="s",
    )
    assert Identite().end(request, held) is None
    assert Visitor(client=visitor.client, login_hint=person.email).page == "sign-in"
