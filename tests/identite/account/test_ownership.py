"""An address belongs to who proves it (S-116, S-117)."""

import pytest
from django.utils import timezone

from identite.models import Moderation, User
from identite.second_factor.models import TotpDevice
from tests.factories.identite import DINUM, PASSWORD, SOFTWARE_COMPANY, member, organization, user
from tests.identite.visitor import Visitor

pytestmark = pytest.mark.django_db

EMAIL = "victime@logiciels-ponant.example"


@pytest.fixture
def squatter():
    """An attacker filled an account on somebody else's address, and never could prove it."""
    person = user(email=EMAIL, proved=False, given_name="Mallory", usual_name="Attaque")
    member(person, SOFTWARE_COMPANY)
    Moderation.objects.create(user=person, organization_id=organization(DINUM), reason="unknown_domain")
    TotpDevice.objects.create(user=person, name="attaque", confirmed=True)
    return person


def test_s116_a_password_set_before_proof_opens_nothing(squatter):
    visitor = Visitor(login_hint=EMAIL)
    visitor.signs_in()
    assert visitor.page == "sign-in"
    assert visitor.response.status_code == 400


def test_s116_proving_the_address_wipes_what_was_set_before(squatter):
    owner = Visitor(login_hint=EMAIL)
    owner.post("code", code=owner.asks_for_a_code())
    assert owner.page == "account"
    squatter.refresh_from_db()
    assert not squatter.has_usable_password()
    assert (squatter.given_name, squatter.usual_name) == ("", "")
    assert squatter.email_verified_at is not None
    assert not squatter.memberships.current().exists()
    assert not squatter.moderations.pending().exists()
    assert not TotpDevice.objects.filter(user=squatter).exists()


def test_s116_a_session_opened_before_proof_dies(squatter):
    User.objects.update(email_verified_at=timezone.now())
    attacker = Visitor(login_hint=EMAIL)
    attacker.signs_in()
    assert attacker.is_back
    User.objects.update(email_verified_at=None)
    owner = Visitor(login_hint=EMAIL)
    owner.post("code", code=owner.asks_for_a_code())
    assert Visitor(client=attacker.client, login_hint=EMAIL).page == "sign-in"


def test_s116_no_account_exists_before_its_address_is_proved():
    Visitor(login_hint=EMAIL).post("send-code")
    assert not User.objects.exists()


def test_a_proved_account_is_left_as_it_is():
    person = user(email=EMAIL, sirets=(SOFTWARE_COMPANY,))
    visitor = Visitor(login_hint=EMAIL)
    visitor.post("code", code=visitor.asks_for_a_code())
    assert visitor.redeem().amr == ("mail",)
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
