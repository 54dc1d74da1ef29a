"""Which acr an identity deserves."""

from datetime import UTC, datetime, timedelta

import pytest

from identite.levels import aal_of, acr_of, methods
from identite.membership.grounds import Ground
from proconnect.kernel.assurance import Acr

TABLE = {  # (IAL, OAL): AAL 1, AAL 2, AAL 3
    (0, 0): (None, None, None),
    (0, 1): (Acr.EIDAS0, Acr.EIDAS0_MFA, Acr.EIDAS0_MFA),
    (0, 2): (Acr.EIDAS0, Acr.EIDAS0_MFA, Acr.EIDAS0_MFA),
    (1, 0): (Acr.EIDAS0, Acr.EIDAS0_MFA, Acr.EIDAS0_MFA),
    (1, 1): (Acr.EIDAS1, Acr.EIDAS1_MFA, Acr.EIDAS1_MFA),
    (1, 2): (Acr.EIDAS1, Acr.EIDAS1_MFA, Acr.EIDAS1_MFA),
    (2, 0): (Acr.EIDAS0, Acr.EIDAS0_MFA, Acr.EIDAS0_MFA),
    (2, 1): (Acr.EIDAS1, Acr.EIDAS1_MFA, Acr.EIDAS1_MFA),
    (2, 2): (Acr.EIDAS1, Acr.EIDAS1_MFA, Acr.EIDAS2),
}


@pytest.mark.parametrize(
    ("ial", "oal", "aal", "acr"),
    [(ial, oal, aal, row[aal - 1]) for (ial, oal), row in TABLE.items() for aal in (1, 2, 3)],
)
def test_the_ceilings(ial, oal, aal, acr):
    assert acr_of(ial=ial, aal=aal, oal=oal) == acr


@pytest.mark.parametrize(
    ("amr", "aal"),
    [
        (("pwd",), 1),
        (("mail",), 1),
        (("pwd", "otp", "mfa"), 3),
        (("pwd", "pop", "mfa"), 2),
        (("pop", "uv", "mfa"), 3),
    ],
)
def test_how_a_person_authenticated(amr, aal):
    assert aal_of(amr) == aal


def test_every_ground_says_what_it_is_worth():
    assert all(ground.oal in (0, 1, 2) and ground.label for ground in Ground)


@pytest.mark.parametrize(
    ("factors", "amr"),
    [
        pytest.param({"pwd": 0}, ("pwd",), id="a password"),
        pytest.param({"mail": 0}, ("mail",), id="a code alone"),
        pytest.param({"mail": 3600}, ("mail",), id="an old code alone: what they signed in with"),
        pytest.param({"mail": 60, "pwd": 0}, ("mail", "pwd", "mfa"), id="both, the code fresh"),
        pytest.param({"mail": 600, "pwd": 0}, ("mail", "pwd", "mfa"), id="at ten minutes"),
        pytest.param({"mail": 601, "pwd": 0}, ("pwd",), id="after ten minutes"),
    ],
)
def test_a_code_by_email_is_a_factor_for_ten_minutes(factors: dict[str, int], amr: tuple[str, ...]) -> None:
    now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    proved = {factor: now - timedelta(seconds=age) for factor, age in factors.items()}
    assert methods(proved, now=now) == amr
