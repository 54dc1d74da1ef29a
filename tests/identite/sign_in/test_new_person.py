"""Somebody nobody knows, from the broker's e-mail page back to the broker."""

import pytest
from django.core import mail

from identite.models import Membership, Moderation, User
from proconnect.kernel.contracts.identity_provider import ProviderRefused
from tests.factories.identite import DINUM, PASSWORD, SOFTWARE_COMPANY, VILLAGE, ask, user
from tests.identite.visitor import COMPLETED, Visitor, code_of, last_mail

pytestmark = pytest.mark.django_db


def test_a_new_person_is_back_after_five_screens_of_ours_and_types_nothing_twice():
    """The broker's e-mail page makes six (U-05)."""
    visitor = Visitor()
    assert "nouvelle@logiciels-ponant.example" in visitor.text
    visitor.creates_an_account(SOFTWARE_COMPANY)
    assert visitor.screens == ["sign-in", "code", "account", "organization", "confirm-organization"]
    assert visitor.is_back
    identity = visitor.redeem()
    person = User.objects.get()
    assert (identity.sub, identity.uid) == (str(person.pk), str(person.pk))
    assert identity.email == "nouvelle@logiciels-ponant.example"
    assert (identity.given_name, identity.usual_name) == ("Nora", "L’Hostis-Béranger")
    assert identity.siret == SOFTWARE_COMPANY
    assert (identity.acr, identity.amr) == ("eidas0-mfa", ("mail", "pwd", "mfa"))  # the code and the password
    assert identity.link_is_verified
    assert identity.authenticated_at.tzinfo is not None
    assert visitor.journey_named == str(visitor.ask.journey_id)
    assert person.sign_in_count == 1


def test_a_suggested_siret_leaves_only_its_confirmation():
    visitor = Visitor(siret_hint=SOFTWARE_COMPANY)
    visitor.post("code", code=visitor.asks_for_a_code())
    visitor.post("account", **COMPLETED)
    assert visitor.page == "confirm-organization"
    assert "Logiciels du Ponant" in visitor.text
    assert "14 quai de la Donnée" in visitor.text
    visitor.post("confirm-organization", SOFTWARE_COMPANY)
    assert visitor.redeem().siret == SOFTWARE_COMPANY


def test_somebody_whose_address_proves_nothing_waits_and_may_go_back_to_the_service():
    visitor = Visitor(login_hint="nora@gmail.com")
    visitor.creates_an_account(VILLAGE)
    assert visitor.page == "moderation"
    assert Moderation.objects.pending().get().client_name == "Démarches pour tous"
    assert not Membership.objects.exists()
    visitor.get("leave")
    with pytest.raises(ProviderRefused) as refused:
        visitor.redeem()
    assert refused.value.oauth_error == "access_denied"


def test_somebody_who_waits_finds_the_waiting_page_again_and_may_choose_another_organisation():
    person = user(email="nora@logiciels-ponant.example")
    first = Visitor(login_hint=person.email)
    first.signs_in()
    first.post("confirm-organization", DINUM)
    again = Visitor(login_hint=person.email)
    again.signs_in()
    assert again.page == "moderation"
    again.post("moderation")
    assert again.page == "organization"
    assert Moderation.objects.get().status == Moderation.Status.CANCELLED
    again.post("confirm-organization", SOFTWARE_COMPANY)
    assert again.redeem().siret == SOFTWARE_COMPANY


def test_what_was_proved_is_not_asked_again_after_a_halt():
    first = Visitor()
    first.post("code", code=first.asks_for_a_code())
    again = Visitor(client=first.client)
    assert again.page == "account", "the open session is reused, and only what is missing is asked"
    again.post("account", **COMPLETED)
    assert again.page == "organization"


def test_without_a_login_hint_identite_asks_for_the_address_itself():
    visitor = Visitor(login_hint="")
    assert visitor.page == "email"
    visitor.post("email", email="pas une adresse")
    assert visitor.response.status_code == 400
    assert 'value="pas une adresse"' in visitor.text
    visitor.post("email", email="Nouvelle@Logiciels-Ponant.example")
    assert visitor.page == "sign-in"
    assert "nouvelle@logiciels-ponant.example" in visitor.text


def test_another_address_is_typed_at_the_broker_which_routes_it():
    assert f'href="{ask().other_email_at}"' in Visitor().text


def test_a_page_cannot_be_reached_before_its_turn():
    visitor = Visitor()
    for page, args in (
        ("code", ()),
        ("account", ()),
        ("organization", ()),
        ("confirm-organization", (SOFTWARE_COMPANY,)),
        ("choose-organization", ()),
        ("moderation", ()),
    ):
        visitor.get(page, *args)
        assert visitor.page == "sign-in", page


def test_s117_extra_fields_of_a_form_change_nothing():
    visitor = Visitor()
    visitor.post("code", code=visitor.asks_for_a_code(), is_staff="on", is_superuser="on")
    visitor.post(
        "account", **COMPLETED, is_staff="on", email="autre@exemple.fr", email_verified_at="2020-01-01"
    )
    visitor.post("confirm-organization", DINUM, ground="domain", verification_type="domain", is_external="")
    person = User.objects.get()
    assert (person.is_staff, person.is_superuser) == (False, False)
    assert person.email == "nouvelle@logiciels-ponant.example"
    assert person.email_verified_at is not None
    assert person.email_verified_at.year > 2020
    assert not Membership.objects.exists()


def test_the_mail_code_says_who_asked_and_keeps_the_code_out_of_its_subject():
    visitor = Visitor()
    visitor.asks_for_a_code()
    message = last_mail()
    assert message.subject == "Votre code de connexion ProConnect"
    assert "Démarches pour tous" in message.body
    assert code_of(message) in message.alternatives[0][0]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("given_name", ""),
        ("given_name", "R2D2"),
        ("usual_name", "<script>"),
        ("usual_name", "'"),
        ("password", "court"),
    ],
)
def test_the_account_form_says_what_is_wrong_and_keeps_the_rest(field, typed):
    visitor = Visitor()
    visitor.post("code", code=visitor.asks_for_a_code())
    visitor.post("account", **(COMPLETED | {field: typed}))
    assert visitor.response.status_code == 400
    assert "<title>Erreur :" in visitor.text
    kept = "usual_name" if field != "usual_name" else "given_name"
    assert f'value="{COMPLETED[kept]}"' in visitor.text
    assert PASSWORD not in visitor.text
    assert not User.objects.get().has_usable_password()
