"""The order of pages, as a table."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import uuid4

import pytest

from identite.membership.grounds import Ground
from identite.sign_in import requirements as step
from identite.sign_in.guard import PAGES
from identite.sign_in.requirements import REQUIREMENTS, Move, next_move
from identite.sign_in.sign_in import SignIn, open_for
from identite.sign_in.situation import Link, Person, Situation
from proconnect.kernel.assurance import Acr
from tests.factories.identite import DINUM, SOFTWARE_COMPANY, TOWN_HALL, ask

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def passage(**changes: Any) -> SignIn:
    asked = {name: changes.pop(name) for name in ("siret_hint", "login_hint") if name in changes}
    sign_in, _secret = open_for(ask(**asked), now=NOW)
    return replace(sign_in, **changes)


def seen(*sirets: str, pending: tuple[str, ...] = (), **changes: Any) -> Situation:
    known: dict[str, Any] = {
        "id": uuid4(),
        "email": "nouvelle@logiciels-ponant.example",
        "given_name": "Nora",
        "usual_name": "Béranger",
        "has_password": True,
        "amr": ("pwd",),
        "authenticated_at": NOW,
    }
    links = tuple(Link(siret=siret, label=siret, ground=Ground.DOMAIN) for siret in sirets)
    return Situation(person=Person(**known | changes), links=links, pending_sirets=pending)


NOBODY = Situation(person=None)
PROVING = {"code_sent_at": NOW}
A, B = SOFTWARE_COMPANY, TOWN_HALL


def released(siret: str) -> Move:
    return step.Release(siret, Acr.EIDAS0, link_is_verified=True)


@pytest.mark.parametrize(
    ("sign_in", "situation", "move"),
    [
        pytest.param(passage(login_hint=""), NOBODY, step.AskEmail(), id="no address yet"),
        pytest.param(
            passage(login_hint="n’importe quoi"), NOBODY, step.AskEmail(), id="a hint that is no address"
        ),
        pytest.param(passage(), NOBODY, step.AskPassword(), id="an address"),
        pytest.param(passage(**PROVING), NOBODY, step.AskCode(), id="a code was sent"),
        pytest.param(passage(), seen(has_password=False), step.CompleteAccount(), id="no password"),
        pytest.param(passage(), seen(given_name=""), step.CompleteAccount(), id="no given name"),
        pytest.param(passage(), seen(A, usual_name=""), step.CompleteAccount(), id="no usual name"),
        pytest.param(passage(), seen(), step.AskOrganization(), id="no organisation"),
        pytest.param(passage(siret_hint=A), seen(), step.AskOrganization(A), id="none, one suggested"),
        pytest.param(
            passage(siret_hint="1" * 14), seen(), step.AskOrganization(), id="a hint that is no SIRET"
        ),
        pytest.param(passage(), seen(pending=(A,)), step.AwaitModeration(A), id="none, one examined"),
        pytest.param(passage(), seen(B, pending=(A,)), released(B), id="one, another examined"),
        pytest.param(
            passage(awaited_siret=A), seen(B, pending=(A,)), step.AwaitModeration(A), id="asked just now"
        ),
        pytest.param(passage(awaited_siret=A), seen(A), released(A), id="accepted meanwhile"),
        pytest.param(passage(), seen(A), released(A), id="one"),
        pytest.param(passage(), seen(A, B), step.ChooseOrganization(), id="two"),
        pytest.param(passage(siret=B), seen(A, B), released(B), id="two, one chosen"),
        pytest.param(passage(siret_hint=B), seen(A, B), released(B), id="two, one suggested"),
        pytest.param(
            passage(siret=A, siret_hint=B), seen(A, B), released(A), id="the choice wins over the hint"
        ),
        pytest.param(passage(siret=DINUM), seen(A), step.ChooseOrganization(), id="the chosen one was left"),
        pytest.param(
            passage(siret_hint=DINUM),
            seen(A),
            step.ChooseOrganization(),
            id="the suggested one is not theirs",
        ),
    ],
)
def test_the_next_requirement(sign_in, situation, move):
    assert next_move(REQUIREMENTS, sign_in, situation) == move


def test_every_move_is_a_page_or_an_answer():
    assert set(get_args(Move)) - set(PAGES) == {step.Release, step.Decline}


def test_a_passage_is_kept_whole():
    sign_in = passage(siret=A, awaited_siret=B, code_sent_at=NOW, codes_sent=2, siret_hint=A)
    assert SignIn.from_json(sign_in.to_json()) == sign_in
