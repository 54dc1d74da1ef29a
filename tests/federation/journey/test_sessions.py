from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from federation.sessions import OpenSession, Wish
from proconnect.kernel.assurance import Acr, Demand
from proconnect.kernel.email_address import EmailAddress
from tests.federation.journey.builders import NOW, session

NO_WISH = {"fresh": False, "max_age": None, "provider_uid": None, "email": None, "sub": None}


@pytest.mark.parametrize(
    ("wish", "later", "fits"),
    [
        ({}, timedelta(0), True),
        ({}, timedelta(hours=12), False),
        ({"fresh": True}, timedelta(0), False),
        ({"max_age": timedelta(minutes=5)}, timedelta(minutes=4), True),
        ({"max_age": timedelta(minutes=5)}, timedelta(minutes=6), False),
        ({"max_age": timedelta(0)}, timedelta(seconds=1), False),
        ({"provider_uid": UUID(int=2)}, timedelta(0), True),
        ({"provider_uid": uuid4()}, timedelta(0), False),
        ({"email": EmailAddress.parse("Marie.Durand@MINISTERE.exemple.fr")}, timedelta(0), True),
        ({"email": EmailAddress.parse("paul@ministere.exemple.fr")}, timedelta(0), False),
        ({"sub": UUID(int=1)}, timedelta(0), True),
        ({"sub": uuid4()}, timedelta(0), False),
    ],
)
def test_a_session_answers_only_what_it_fits(wish, later, fits):
    assert session().may_answer(Wish(**(NO_WISH | wish)), now=NOW + later) is fits


@pytest.mark.parametrize(
    ("reached", "demanded", "enough"),
    [
        (Acr.EIDAS1, (), True),
        (Acr.EIDAS1, (Acr.EIDAS1,), True),
        (Acr.EIDAS1, (Acr.EIDAS1_MFA,), False),
        (Acr.EIDAS2, (Acr.EIDAS0_MFA, Acr.EIDAS1_MFA, Acr.EIDAS2, Acr.EIDAS3), True),
        (Acr.EIDAS2, (Acr.EIDAS2,), False),
        (Acr.EIDAS3, (Acr.EIDAS2, Acr.EIDAS3), False),
        (Acr.EIDAS3, (Acr.DIRIGEANT,), False),
    ],
)
def test_an_open_session_is_worth_eidas1_mfa_at_most(reached, demanded, enough):
    assert session(acr=reached).satisfies(Demand(demanded)) is enough


def test_a_session_survives_being_kept():
    kept = session()
    assert OpenSession.from_json(kept.to_json()) == kept


def test_f27_a_session_kept_by_another_version_of_this_code_is_read():
    opened = session()
    kept = opened.to_json()
    older = {name: value for name, value in kept["identity"].items() if name != "provider_sid"}
    for identity in (older, kept["identity"] | {"a_field_of_tomorrow": 1}):
        assert OpenSession.from_json(kept | {"identity": identity}) == opened
