import pytest
from hypothesis import given
from hypothesis import strategies as st

from proconnect.kernel.siret import Siret, is_siren


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13002526500013", "13002526500013"),
        ("130 025 265 00013", "13002526500013"),
        (" 130\u00a0025\u202f265-00013\n", "13002526500013"),
        ("130.025.265.00013", "13002526500013"),
        ("11004601800013", "11004601800013"),
        pytest.param("35600000000048", "35600000000048", id="La Poste, right check digit"),
        pytest.param("35600000009075", "35600000009075", id="La Poste, its own rule"),
    ],
)
def test_a_siret_is_fourteen_digits_with_a_right_check_digit(typed: str, number: str) -> None:
    assert str(Siret.parse(typed)) == number
    assert Siret.parse(typed).siren == number[:9]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("13002526500014", id="wrong check digit"),
        pytest.param("1300252650001", id="13 digits"),
        pytest.param("130025265000130", id="15 digits"),
        pytest.param("130025265", id="SIREN"),
        pytest.param("1300252650001O", id="letter O"),
        pytest.param("１３００２５２６５０００１３", id="full-width digits"),
        pytest.param("١٣٠٠٢٥٢٦٥٠٠٠١٣", id="Arabic digits"),
        pytest.param("13002526500013\x00", id="NUL"),
        pytest.param("FR13002526500013", id="prefix"),
        pytest.param("", id="empty"),
        pytest.param("35600000009076", id="La Poste, neither rule"),
    ],
)
def test_anything_else_is_none(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a SIRET"):
        Siret.parse(wrong)


@given(st.text())
def test_a_siret_parsed_once_stays_valid(text: str) -> None:
    try:
        siret = Siret.parse(text)
    except ValueError:
        return
    assert Siret.parse(str(siret)) == siret


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("130025265", True),
        ("356000000", True),
        ("130025266", False),
        ("13002526", False),
        ("13002526500013", False),
        ("１３００２５２６５", False),
        ("", False),
    ],
)
def test_a_siren_is_nine_digits_with_a_right_check_digit(text: str, answer: bool) -> None:
    assert is_siren(text) is answer
