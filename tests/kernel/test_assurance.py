"""Which level satisfies which, what is answered to a demand, what a FI is believed for."""

from itertools import product

import pytest

from proconnect.kernel.assurance import (
    Acr,
    Demand,
    Reached,
    RetiredAcr,
    answer_to,
    answer_to_voluntary,
    at_least_one_of,
    capped,
    is_at_least,
    level_of,
    understood,
)

EIDAS0, EIDAS0_MFA, EIDAS1, EIDAS1_MFA = Acr.EIDAS0, Acr.EIDAS0_MFA, Acr.EIDAS1, Acr.EIDAS1_MFA
EIDAS2, EIDAS3, DIRIGEANT = Acr.EIDAS2, Acr.EIDAS3, Acr.DIRIGEANT
TWO_FACTORS = (EIDAS0_MFA, EIDAS1_MFA, EIDAS2, EIDAS3)  # how a FS demands a second factor

SATISFIES = {
    EIDAS0: {EIDAS0},
    EIDAS0_MFA: {EIDAS0, EIDAS0_MFA},
    EIDAS1: {EIDAS0, EIDAS1},
    EIDAS1_MFA: {EIDAS0, EIDAS0_MFA, EIDAS1, EIDAS1_MFA},
    EIDAS2: {EIDAS0, EIDAS0_MFA, EIDAS1, EIDAS1_MFA, EIDAS2},
    EIDAS3: {EIDAS0, EIDAS0_MFA, EIDAS1, EIDAS1_MFA, EIDAS2, EIDAS3},
    DIRIGEANT: {DIRIGEANT},
}


@pytest.mark.parametrize(("reached", "wanted"), list(product(Acr, Acr)))
def test_every_level_against_every_other(reached: Acr, wanted: Acr) -> None:
    assert is_at_least(reached, wanted) is (wanted in SATISFIES[reached])


@pytest.mark.parametrize(
    ("demanded", "reached", "answer"),
    [
        pytest.param((EIDAS1,), EIDAS1, EIDAS1, id="exact"),
        pytest.param((EIDAS1,), EIDAS2, EIDAS1, id="a higher level answers the demanded one"),
        pytest.param((EIDAS2,), EIDAS1_MFA, None, id="not reached"),
        pytest.param((EIDAS2,), EIDAS3, EIDAS2, id="only eidas2 demanded"),
        pytest.param((EIDAS0, EIDAS1, EIDAS2), EIDAS1_MFA, EIDAS1, id="the highest that is satisfied"),
        pytest.param((EIDAS0_MFA, EIDAS1), EIDAS1_MFA, EIDAS0_MFA, id="incomparable: the FS's order"),
        pytest.param((EIDAS1, EIDAS0_MFA), EIDAS1_MFA, EIDAS1, id="incomparable, the other order"),
        pytest.param((EIDAS0, EIDAS1, EIDAS0_MFA), EIDAS2, EIDAS1, id="incomparable tops after a lower one"),
        pytest.param(TWO_FACTORS, EIDAS1, None, id="one factor against two"),
        pytest.param(TWO_FACTORS, EIDAS0, None, id="the lowest against two factors"),
        pytest.param(TWO_FACTORS, EIDAS0_MFA, EIDAS0_MFA, id="weak person, two factors"),
        pytest.param(TWO_FACTORS, EIDAS1_MFA, EIDAS1_MFA, id="two factors"),
        pytest.param(TWO_FACTORS, EIDAS3, EIDAS3, id="best of the list"),
        pytest.param((DIRIGEANT,), EIDAS3, None, id="a director is not proved by a level"),
        pytest.param((), EIDAS3, None, id="nothing demanded"),
    ],
)
def test_the_answer_to_a_demand(demanded: tuple[Acr, ...], reached: Acr, answer: Acr | None) -> None:
    assert answer_to(demanded, Reached(acr=reached)) == answer


@pytest.mark.parametrize(
    ("preferred", "reached", "answer"),
    [
        pytest.param((EIDAS2,), EIDAS1, EIDAS1, id="not reached: what was"),
        pytest.param((EIDAS1,), EIDAS2, EIDAS1, id="reached: the asked one"),
        pytest.param((), EIDAS2, EIDAS2, id="nothing asked"),
        pytest.param((EIDAS2, EIDAS1), EIDAS1_MFA, EIDAS1, id="the highest asked"),
    ],
)
def test_the_answer_to_a_wish_is_never_a_refusal(
    preferred: tuple[Acr, ...], reached: Acr, answer: Acr
) -> None:
    assert answer_to_voluntary(preferred, Reached(acr=reached)) == answer


@pytest.mark.parametrize(
    ("demanded", "sent"),
    [
        pytest.param((EIDAS3,), (EIDAS3,), id="the top alone"),
        pytest.param((EIDAS2,), (EIDAS2, EIDAS3), id="and above"),
        pytest.param((EIDAS1_MFA,), (EIDAS1_MFA, EIDAS2, EIDAS3), id="two factors"),
        pytest.param((EIDAS0_MFA,), (EIDAS0_MFA, EIDAS1_MFA, EIDAS2, EIDAS3), id="eidas1 is not above"),
        pytest.param((EIDAS3, EIDAS1_MFA), (EIDAS3, EIDAS1_MFA, EIDAS2), id="the FS's order first"),
        pytest.param((DIRIGEANT,), (), id="a director is certified by Identité alone"),
        pytest.param(
            (RetiredAcr.SELF_ASSERTED_2FA,), (EIDAS0_MFA, EIDAS1_MFA, EIDAS2, EIDAS3), id="today's words"
        ),
        pytest.param((), (), id="nothing"),
    ],
)
def test_a_fi_is_sent_the_demanded_levels_and_all_above(
    demanded: tuple[Acr, ...], sent: tuple[Acr, ...]
) -> None:
    assert at_least_one_of(demanded) == sent


@pytest.mark.parametrize(
    ("demand", "reached", "values_are_met", "minimum_is_met", "a_code_suffices"),
    [
        pytest.param(Demand(), EIDAS0, True, True, False, id="nothing demanded"),
        pytest.param(Demand((), EIDAS1), EIDAS1, True, True, False, id="the minimum itself"),
        pytest.param(
            Demand((), EIDAS1), EIDAS0, True, False, False, id="under the minimum: a code proves nobody"
        ),
        pytest.param(Demand((), EIDAS1), EIDAS0_MFA, True, False, False, id="beside the minimum"),
        pytest.param(Demand((), EIDAS1_MFA), EIDAS1, True, False, True, id="a code reaches the minimum"),
        pytest.param(Demand((), EIDAS2), EIDAS1, True, False, False, id="a code does not reach the minimum"),
        pytest.param(
            Demand((EIDAS1,), EIDAS1_MFA), EIDAS1, True, False, True, id="less asked than the minimum"
        ),
        pytest.param(Demand((EIDAS2,), EIDAS1), EIDAS1, False, True, False, id="more asked than the minimum"),
        pytest.param(
            Demand((EIDAS0_MFA,), EIDAS1),
            EIDAS0,
            False,
            False,
            False,
            id="a code meets the one, not the other",
        ),
        pytest.param(Demand((EIDAS0_MFA,), EIDAS1), EIDAS1, False, True, True, id="a code meets both"),
        pytest.param(Demand((EIDAS0_MFA,), EIDAS1), EIDAS1_MFA, True, True, False, id="above both"),
        pytest.param(
            Demand((DIRIGEANT,), EIDAS1), EIDAS1, False, True, False, id="a director beside a minimum"
        ),
    ],
)
def test_a_demand_and_a_minimum_must_both_be_met(
    demand: Demand, reached: Acr, values_are_met: bool, minimum_is_met: bool, a_code_suffices: bool
) -> None:
    authenticated = Reached(acr=reached)
    assert demand.values_are_met(authenticated) is values_are_met
    assert demand.minimum_is_met(authenticated) is minimum_is_met
    assert demand.is_met(authenticated) is (values_are_met and minimum_is_met)
    assert demand.a_mail_code_suffices(authenticated) is a_code_suffices


@pytest.mark.parametrize(
    ("demand", "sent"),
    [
        pytest.param(Demand(), (), id="nothing"),
        pytest.param(Demand((), EIDAS2), (EIDAS2, EIDAS3), id="the minimum alone"),
        pytest.param(Demand((EIDAS0,), EIDAS1_MFA), (EIDAS1_MFA, EIDAS2, EIDAS3), id="the minimum is higher"),
        pytest.param(Demand((EIDAS2,), EIDAS1), (EIDAS2, EIDAS3), id="the demand is higher"),
        pytest.param(
            Demand((EIDAS0_MFA,), EIDAS1), (EIDAS1_MFA, EIDAS2, EIDAS3), id="incomparable: what is above both"
        ),
        pytest.param(Demand((DIRIGEANT,), EIDAS1), (EIDAS1, EIDAS1_MFA, EIDAS2, EIDAS3), id="a director too"),
    ],
)
def test_a_fi_is_sent_the_levels_that_would_do(demand: Demand, sent: tuple[Acr, ...]) -> None:
    assert demand.levels() == sent


@pytest.mark.parametrize(
    ("declared", "level"),
    [
        ("eidas0", EIDAS0),
        ("eidas3", EIDAS3),
        ("", EIDAS1),
        (DIRIGEANT.value, EIDAS1),
        ("EIDAS2", EIDAS1),
        ("eidas2 ", EIDAS1),
        ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", EIDAS1),
    ],
)
def test_a_missing_or_unknown_level_counts_as_eidas1(declared: str, level: Acr) -> None:
    assert level_of(declared) is level


@pytest.mark.parametrize(
    ("reached", "believed"),
    [
        (EIDAS0, EIDAS0),
        (EIDAS0_MFA, EIDAS0),
        (EIDAS1, EIDAS1),
        (EIDAS1_MFA, EIDAS1),
        (EIDAS2, EIDAS1),
        (EIDAS3, EIDAS1),
    ],
)
def test_s091_a_fi_without_second_factor_is_believed_for_one(reached: Acr, believed: Acr) -> None:
    assert capped(reached, mfa_capable=False) is believed
    assert capped(reached, mfa_capable=True) is reached


def test_unknown_values_are_dropped_and_order_is_kept() -> None:
    assert understood(["eidas2", "loa4", "eidas1", "eidas2", ""]) == (EIDAS2, EIDAS1)
