"""Whose names a FI asserted last, known without keeping them."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as wired

from federation import holder
from tests.federation.journey.builders import identity


def named(given_name: str, usual_name: str) -> Any:
    return identity(given_name=given_name, usual_name=usual_name)


@pytest.mark.parametrize(
    ("given_name", "usual_name", "is_same"),
    [
        pytest.param("Élodie Marie", "Le Goff", True, id="as it was"),
        pytest.param("ELODIE-MARIE", "le goff", True, id="accents, case and hyphens"),
        pytest.param("Le Goff", "Élodie Marie", True, id="the other way round"),
        pytest.param("Elodie Marie", "Le Goff Petit", False, id="another usual name"),
        pytest.param("Elodie", "Le Goff", False, id="one given name less"),
        pytest.param("Dominique", "Petit", False, id="somebody else"),
    ],
)
def test_how_a_name_is_written_tells_nobody_apart(given_name: str, usual_name: str, is_same: bool) -> None:
    kept = holder.of(named("Élodie Marie", "Le Goff"))
    assert holder.is_same(kept, named(given_name, usual_name)) is is_same


def test_the_names_cannot_be_read_nor_guessed_without_the_key(settings: Any) -> None:
    kept = holder.of(named("Élodie", "Le Goff"))
    settings.ENV = replace(wired.ENV, client_secret_peppers={"other": b"x" * 32})
    assert holder.of(named("Élodie", "Le Goff")) != kept
    assert len(kept) == 64
    assert not holder.is_same(kept, named("Élodie", "Le Goff"))


def test_a_new_key_makes_nobody_somebody_else(settings: Any) -> None:
    kept = holder.of(named("Élodie", "Le Goff"))
    settings.ENV = replace(
        wired.ENV, client_secret_peppers={"new": b"x" * 32, **wired.ENV.client_secret_peppers}
    )
    assert holder.is_same(kept, named("Élodie", "Le Goff"))
    assert holder.of(named("Élodie", "Le Goff")) != kept
