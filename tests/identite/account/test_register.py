"""Accounts made by the deployment's operator."""

import pytest

from identite.account.register import create_account
from identite.models import User
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, TOWN_HALL
from tests.identite.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_an_account_made_twice_is_made_once_and_signs_in():
    for _ in range(2):
        create_account(
            "Jo@Logiciels-Ponant.example", PASSWORD, "Jo", "Le Goff", (SOFTWARE_COMPANY, TOWN_HALL)
        )
    person = User.objects.get()
    assert person.email == "jo@logiciels-ponant.example"
    assert person.memberships.count() == 2
    visitor = Visitor(login_hint=person.email, siret_hint=TOWN_HALL)
    visitor.signs_in()
    assert visitor.redeem().siret == TOWN_HALL


def test_an_unknown_siret_makes_no_account():
    with pytest.raises(ValueError, match="unknown SIRET"):
        create_account("jo@logiciels-ponant.example", PASSWORD, "Jo", "Le Goff", ("11009001600053",))
    assert not User.objects.exists()
