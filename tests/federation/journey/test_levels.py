"""From what a FS asks and what the FI declares to what is answered: DECISIONS on levels as one table."""

import json
from dataclasses import replace
from typing import Any

import pytest

from federation.journey.situation import Arriving
from federation.journey.steps import ARRIVAL, Answer, AnswerError, ProveMailbox, next_move
from federation.op.request import Fault, read_claims
from identite.levels import aal_of, acr_of
from proconnect.kernel.assurance import (
    Acr,
    AnyAcr,
    Reached,
    RetiredAcr,
    capped,
    level_of,
    understood,
    with_a_mail_code,
)
from tests.federation.journey.builders import arriving, identite, identity, journey, provider, session

E0, E0M, E1, E1M, E2, E3, DIR = Acr
SA, SA2, CC, CC2 = RetiredAcr
MFA = (E0M, E1M, E2, E3)  # how a FS demands a second factor
CODE, REFUSED = "a code by e-mail", "access_denied"
PWD, MAIL, OTP, KEY = ("pwd",), ("mail",), ("pwd", "otp", "mfa"), ("pop", "pin", "mfa")

Outcome = AnyAcr | str


def one(value: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "value": value}}})


def among(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})


def wished(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"values": values}}})


def outcome(claims: str, acr_values: str, seen: Arriving) -> Outcome:
    """What ends the journey: a level, the page of the code, or an OAuth error."""
    asked = read_claims(claims) if claims else read_claims("{}")
    demanded = understood(asked.demanded_acr)
    if asked.demanded_acr and not demanded:
        return REFUSED  # by the request's own check
    preferred = () if demanded else understood([*acr_values.split(), *asked.preferred_acr])
    move = next_move(ARRIVAL, journey(demanded_acr=demanded, preferred_acr=preferred), seen)
    match move:
        case Answer(acr):
            return acr
        case ProveMailbox():
            return CODE
        case AnswerError(error):
            return error
    raise AssertionError(move)


def from_ministry(declared: str, amr: tuple[str, ...], *, mfa: bool) -> Arriving:
    believed = capped(level_of(declared), mfa_capable=mfa)
    methods = tuple(each for each in amr if mfa or each != "mfa")
    return arriving(provider=provider(is_mfa_capable=mfa), reached=Reached(acr=believed, amr=methods))


def capable(declared: str = "eidas1", amr: tuple[str, ...] = PWD) -> Arriving:
    return from_ministry(declared, amr, mfa=True)


def simple(declared: str = "eidas1", amr: tuple[str, ...] = PWD) -> Arriving:
    return from_ministry(declared, amr, mfa=False)


def from_identite(
    amr: tuple[str, ...] = PWD, *, ial: int = 0, oal: int = 1, is_director: bool = False
) -> Arriving:
    acr = acr_of(ial=ial, aal=aal_of(amr), oal=oal)
    assert acr is not None
    reached = Reached(acr=acr, amr=amr, link_is_verified=oal >= 1, is_director=is_director)
    return arriving(provider=identite(is_mfa_capable=True), reached=reached)


def after_code(seen: Arriving) -> Arriving:
    return replace(seen, reached=with_a_mail_code(seen.reached))


def reused(acr: Acr, amr: tuple[str, ...] = PWD, **facts: Any) -> Arriving:
    held = session(acr=acr, amr=amr, identity=identity(**facts))
    return arriving(session=held, reached=held.reached)


CASES: list[tuple[str, str, str, Arriving, Outcome]] = [
    # nothing asked
    ("nothing asked: what was reached", "", "", capable("eidas2", KEY), E2),
    ("nothing asked, FI says nothing", "", "", capable(""), E1),
    ("nothing asked, FI says a word we do not know", "", "", capable("loa4"), E1),
    ("nothing asked, FI without second factor is capped", "", "", simple("eidas3", KEY), E1),
    ("nothing asked, weak FI stays weak", "", "", simple("eidas0"), E0),
    ("nothing asked, weak FI with a factor it is not believed for", "", "", simple("eidas0-mfa"), E0),
    ("nothing asked, Identité", "", "", from_identite(), E0),
    ("nothing asked, Identité through FranceConnect", "", "", from_identite(ial=1), E1),
    ("to be told the level is no demand", '{"id_token":{"acr":null}}', "", capable(), E1),
    (
        "an essential acr without value is no demand",
        '{"id_token":{"acr":{"essential":true}}}',
        "",
        capable(),
        E1,
    ),
    ("an empty list is no demand", among(), "", capable(), E1),
    # one value demanded
    ("eidas0 demanded, eidas0", one(E0), "", simple("eidas0"), E0),
    ("eidas0 demanded, more reached: the demanded one", one(E0), "", capable("eidas2"), E0),
    ("eidas1 demanded, eidas1", one(E1), "", capable(), E1),
    ("eidas1 demanded, eidas1-mfa reached", one(E1), "", capable("eidas1-mfa", OTP), E1),
    ("s017 eidas1 demanded, eidas2 reached", one(E1), "", capable("eidas2", KEY), E1),
    ("eidas1 demanded, eidas0 reached", one(E1), "", simple("eidas0"), REFUSED),
    ("eidas1 demanded, eidas0-mfa is not above it", one(E1), "", capable("eidas0-mfa", OTP), REFUSED),
    ("eidas1-mfa demanded, eidas2 reached", one(E1M), "", capable("eidas2", KEY), E1M),
    ("eidas1-mfa demanded, eidas1: a code", one(E1M), "", capable(), CODE),
    ("eidas1-mfa demanded, eidas1, code given", one(E1M), "", after_code(capable()), E1M),
    ("eidas1-mfa demanded, eidas0: no code is enough", one(E1M), "", simple("eidas0"), REFUSED),
    ("eidas0-mfa demanded, eidas0: a code", one(E0M), "", simple("eidas0"), CODE),
    ("eidas0-mfa demanded, eidas0, code given", one(E0M), "", after_code(simple("eidas0")), E0M),
    ("eidas0-mfa demanded, eidas1: a code", one(E0M), "", capable(), CODE),
    ("eidas0-mfa demanded, eidas1, code given", one(E0M), "", after_code(capable()), E0M),
    ("eidas2 demanded, eidas2", one(E2), "", capable("eidas2", KEY), E2),
    ("eidas2 demanded, eidas3 reached", one(E2), "", capable("eidas3", KEY), E2),
    ("eidas2 demanded, eidas1: a code would not do", one(E2), "", capable(), REFUSED),
    ("eidas2 demanded, eidas1-mfa", one(E2), "", capable("eidas1-mfa", OTP), REFUSED),
    ("s017 eidas3 demanded, eidas2 reached", one(E3), "", capable("eidas2", KEY), REFUSED),
    ("s091 eidas2 demanded of a FI that is not believed for it", one(E2), "", simple("eidas2", KEY), REFUSED),
    (
        "eidas1-mfa demanded of a FI that is not believed for it",
        one(E1M),
        "",
        simple("eidas1-mfa", OTP),
        CODE,
    ),
    # lists
    ("two factors demanded, the FI gives them", among(*MFA), "", capable("eidas1-mfa", OTP), E1M),
    ("two factors demanded, eidas2 reached: the highest", among(*MFA), "", capable("eidas2", KEY), E2),
    ("two factors demanded, eidas3 reached", among(*MFA), "", capable("eidas3", KEY), E3),
    ("two factors demanded, one given: a code", among(*MFA), "", simple(), CODE),
    ("two factors demanded, code given", among(*MFA), "", after_code(simple()), E1M),
    ("two factors demanded, weak person: a code", among(*MFA), "", simple("eidas0"), CODE),
    ("two factors demanded, weak person, code given", among(*MFA), "", after_code(simple("eidas0")), E0M),
    (
        "two factors demanded, a magic link was the only one",
        among(*MFA),
        "",
        capable("eidas1", MAIL),
        REFUSED,
    ),
    ("eidas1 or more, one factor", among(E1, E1M, E2, E3), "", simple(), E1),
    ("eidas1 or more, the highest of the list", among(E3, E2, E1, E1M), "", capable("eidas2", KEY), E2),
    ("eidas2 or eidas3, eidas1", among(E2, E3), "", capable(), REFUSED),
    ("incomparable: the FS's order", among(E0M, E1), "", capable("eidas1-mfa", OTP), E0M),
    ("incomparable: the other order", among(E1, E0M), "", capable("eidas1-mfa", OTP), E1),
    ("incomparable: only one is reached, no code asked", among(E0M, E1), "", capable(), E1),
    ("incomparable: the code is not asked when one is met", among(E1M, E1), "", capable(), E1),
    ("incomparable under a common lower one", among(E0, E1, E0M), "", capable("eidas2", KEY), E1),
    ("a word we do not know is dropped", among("loa2", E1), "", capable(), E1),
    ("only words we do not know", among("loa2", "loa3"), "", capable(), REFUSED),
    ("one word we do not know", one("loa2"), "", capable("eidas3", KEY), REFUSED),
    ("the same value twice", among(E1, E1), "", capable(), E1),
    # voluntary
    ("wished by acr_values, reached", "", "eidas1", capable("eidas2", KEY), E1),
    ("wished by acr_values, not reached", "", "eidas3", capable(), E1),
    ("s019 wished by acr_values, unknown", "", "loa9", capable(), E1),
    ("wished: the highest reached", "", "eidas1 eidas2 eidas3", capable("eidas2", KEY), E2),
    ("wished by claims, reached", wished(E1), "", capable("eidas2", KEY), E1),
    ("wished by claims, not reached: no code, no refusal", wished(*MFA), "", simple(), E1),
    ("wished by acr_values, not reached: no code", "", "eidas1-mfa", simple(), E1),
    ("a wish beside a demand is not heard", one(E0), "eidas1", capable(), E0),
    ("a wish beside an unmet demand", one(E2), "eidas1", capable(), REFUSED),
    ("two wishes", wished(E2), "eidas1", capable("eidas2", KEY), E2),
    # Identité: factors, IAL and OAL
    ("Identité, password, eidas0 demanded", one(E0), "", from_identite(), E0),
    ("Identité, password, two factors demanded: a code", among(*MFA), "", from_identite(), CODE),
    ("Identité, code given", among(*MFA), "", after_code(from_identite()), E0M),
    (
        "Identité, password and fresh code of sign-up",
        among(*MFA),
        "",
        from_identite(("pwd", "mail", "mfa")),
        E0M,
    ),
    ("Identité, magic link alone", among(*MFA), "", from_identite(MAIL), REFUSED),
    ("Identité, TOTP", among(*MFA), "", from_identite(OTP), E0M),
    ("Identité, passkey", among(*MFA), "", from_identite(("pop", "uv", "mfa")), E0M),
    ("Identité, eidas1-mfa demanded, IAL 0", one(E1M), "", from_identite(OTP), REFUSED),
    ("Identité, IAL 1, password: a code", one(E1M), "", from_identite(ial=1), CODE),
    ("Identité, IAL 1, TOTP", one(E1M), "", from_identite(OTP, ial=1), E1M),
    ("Identité, IAL 1 never reaches eidas2", one(E2), "", from_identite(OTP, ial=1, oal=2), REFUSED),
    ("Identité, IAL 2 and OAL 2, TOTP", one(E2), "", from_identite(OTP, ial=2, oal=2), E2),
    (
        "Identité, IAL 2 and OAL 2, passkey",
        one(E2),
        "",
        from_identite(("pop", "uv", "mfa"), ial=2, oal=2),
        E2,
    ),
    (
        "Identité, IAL 2 and OAL 2, password and code",
        one(E2),
        "",
        after_code(from_identite(ial=2, oal=2)),
        REFUSED,
    ),
    ("Identité, IAL 2, OAL 1, TOTP", among(*MFA), "", from_identite(OTP, ial=2, oal=1), E1M),
    ("Identité, IAL 1, organisation declared", one(E1), "", from_identite(ial=1, oal=0), REFUSED),
    ("Identité, IAL 0, OAL 2 counts as OAL 1", one(E1), "", from_identite(oal=2), REFUSED),
    # directors
    ("a director demanded and certified", one(DIR), "", from_identite(ial=1, oal=2, is_director=True), DIR),
    ("a director demanded, not certified", one(DIR), "", from_identite(ial=1, oal=2), REFUSED),
    (
        "a director or eidas1: the level wins",
        among(DIR, E1),
        "",
        from_identite(ial=1, oal=2, is_director=True),
        E1,
    ),
    (
        "a director or eidas2: the director",
        among(E2, DIR),
        "",
        from_identite(ial=1, oal=2, is_director=True),
        DIR,
    ),
    ("a director wished", "", DIR.value, from_identite(ial=1, oal=2, is_director=True), DIR),
    ("a director's word from a ministry is worth nothing", one(DIR), "", capable(DIR.value), REFUSED),
    ("a code by e-mail makes no director", one(DIR), "", after_code(from_identite(ial=1, oal=2)), REFUSED),
    # retired words, answered in kind
    ("self-asserted, weak", one(SA), "", simple("eidas0"), SA),
    ("self-asserted, more reached", one(SA), "", capable("eidas3", KEY), SA),
    ("self-asserted-2fa, weak: a code", one(SA2), "", simple("eidas0"), CODE),
    ("self-asserted-2fa, code given", one(SA2), "", after_code(simple("eidas0")), SA2),
    ("consistency-checked, eidas1", one(CC), "", capable(), CC),
    ("consistency-checked, eidas0 of a ministry", one(CC), "", simple("eidas0"), REFUSED),
    ("consistency-checked, eidas0 and a verified link", one(CC), "", from_identite(), CC),
    ("consistency-checked-2fa, verified link: a code", one(CC2), "", from_identite(), CODE),
    ("consistency-checked-2fa, verified link, code given", one(CC2), "", after_code(from_identite()), CC2),
    ("consistency-checked-2fa, eidas2", one(CC2), "", capable("eidas2", KEY), CC2),
    ("old and new words, the same level: the FS's order", among(CC, E1), "", capable(), CC),
    ("new and old words, the same level: the FS's order", among(E1, CC), "", capable(), E1),
    ("old and new words, the highest", among(SA, E1M), "", capable("eidas2", KEY), E1M),
    ("an old word wished", "", CC.value, capable(), CC),
    ("a director with two factors is a word nobody knows", one(f"{DIR}-2fa"), "", capable(), REFUSED),
    # reuse of an open session
    ("reused, two factors demanded, eidas2 held: eidas1-mfa", among(*MFA), "", reused(E2, KEY), E1M),
    ("reused, eidas1 demanded, eidas2 held", one(E1), "", reused(E2, KEY), E1),
    ("reused, two factors demanded, one held: a code", among(*MFA), "", reused(E1), CODE),
    ("reused, a code was already given", among(*MFA), "", reused(E1M, ("pwd", "mail", "mfa")), E1M),
    ("reused, nothing demanded: what was reached", "", "", reused(E2, KEY), E2),
    ("reused, a director", one(DIR), "", reused(E1, is_certified_director=True), DIR),
]


@pytest.mark.parametrize(
    ("claims", "acr_values", "seen", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_what_is_answered(claims: str, acr_values: str, seen: Arriving, expected: Outcome) -> None:
    assert outcome(claims, acr_values, seen) == expected


def test_the_table_is_large_enough() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize(
    "claims", [pytest.param('{"id_token":{"acr":{"essential":true,"value":"eidas1","values":["eidas2"]}}}')]
)
def test_value_with_values_is_a_wrong_request(claims: str) -> None:
    with pytest.raises(Fault) as fault:
        read_claims(claims)
    assert fault.value.error == "invalid_request"


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_s017_what_is_answered_to_a_demand_is_in_the_demand(
    case: tuple[str, str, str, Arriving, Outcome],
) -> None:
    _, claims, acr_values, seen, _ = case
    demanded = read_claims(claims).demanded_acr if claims else ()
    answered = outcome(claims, acr_values, seen)
    assert not demanded or answered in (*demanded, CODE, REFUSED)


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_l9_a_code_is_asked_once(case: tuple[str, str, str, Arriving, Outcome]) -> None:
    _, claims, acr_values, seen, _ = case
    if outcome(claims, acr_values, seen) == CODE:
        assert outcome(claims, acr_values, after_code(seen)) not in (CODE, REFUSED)
