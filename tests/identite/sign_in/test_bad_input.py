"""Whatever is sent, a page answers: never a failure of ours."""

import pytest

from identite.models import Organization, User
from tests.factories.identite import DINUM, SOFTWARE_COMPANY, TOWN_HALL, user
from tests.identite.visitor import Visitor

pytestmark = pytest.mark.django_db

NASTY = [
    "",
    " ",
    "\x00",
    "x" * 5000,
    "é" * 300,
    "\u202e<b>",
    "' OR 1=1 --",
    "%00%0d%0a",
    "🦊",
    "0" * 14,
    "{{ 7 }}",
]

FIELDS = ("email", "password", "code", "given_name", "usual_name", "siret", "q")


def states() -> dict[str, Visitor]:
    """One visitor before each page that takes something."""
    sending, joining = Visitor(), Visitor(login_hint=user(email="a@logiciels-ponant.example").email)
    completing = Visitor(login_hint="b@logiciels-ponant.example")
    completing.post("code", code=completing.asks_for_a_code())
    sending.post("send-code")
    joining.signs_in()
    choosing = Visitor(
        login_hint=user(email="c@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY, TOWN_HALL)).email
    )
    choosing.signs_in()
    return {
        "email": Visitor(login_hint=""),
        "sign-in": Visitor(),
        "code": sending,
        "account": completing,
        "choose-organization": choosing,
        "organization": joining,
    }


@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: ascii(text)[:20])
def test_a_form_answers_anything_by_itself(nasty):
    for page, visitor in states().items():
        send = visitor.client.get if page == "organization" else visitor.client.post
        for value in (nasty, [nasty, "1"]):
            assert send(visitor.url(page), dict.fromkeys(FIELDS, value)).status_code in (
                200,
                302,
                400,
                414,
            ), page
    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize(
    "hint", [*NASTY, "a@b@c.fr", "=?utf-8?q?a?=@b.fr", "a@gоuv.fr", "a%40b@c.fr"], ids=ascii
)
def test_s021_a_hint_is_read_or_dropped(hint):
    for visitor in (Visitor(login_hint=hint), Visitor(siret_hint=hint), Visitor(client_name=hint)):
        assert visitor.response.status_code == 200
        assert "<b>" not in visitor.text


def test_a_request_under_examination_is_shown_even_if_the_organisation_closed_since():
    person = user(email="a@logiciels-ponant.example")
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in()
    visitor.post("confirm-organization", DINUM)
    facts = Organization.objects.get().facts
    Organization.objects.update(facts=facts | {"is_active": False})
    visitor.get("moderation")
    assert visitor.page == "moderation"
    assert visitor.response.status_code == 200
