"""How a FI may bend the standard: what each name changes, and nothing more."""

import re
from typing import Any

import pytest

from federation import quirks
from federation.registry.reading import PROVIDER_FIELDS, WrongFile

ENTRA = frozenset({quirks.ENTRA_ID})
NONE: frozenset[str] = frozenset()


def test_the_list_is_closed() -> None:
    assert quirks.unknown(quirks.QUIRKS) == []
    assert quirks.unknown(["entra-id", "entra_id", ""]) == ["", "entra_id"]
    assert all(len(name) <= 32 for name in quirks.QUIRKS)


@pytest.mark.parametrize(
    ("id_token", "level"),
    [
        pytest.param({"acrs": ["c1"]}, "eidas1", id="c1"),
        pytest.param({"acrs": ["c1", "c3", "c2"]}, "eidas3", id="the highest wins"),
        pytest.param({"acrs": ["p1", "c25", "eidas3"]}, "", id="other contexts"),
        pytest.param({"acrs": []}, "", id="none"),
        pytest.param({"acr": "eidas3"}, "", id="its acr means something else"),
    ],
)
def test_the_level_of_entra_is_read_among_its_contexts(id_token: dict[str, Any], level: str) -> None:
    assert quirks.declared_level(id_token, ENTRA) == level


@pytest.mark.parametrize("contexts", ["c3", {"c3": 1}, [3], ["c3", None], None])
def test_contexts_that_are_no_list_of_texts_are_refused(contexts: Any) -> None:
    with pytest.raises(ValueError, match="acrs"):
        quirks.declared_level({"acrs": contexts}, ENTRA)


def test_the_contexts_of_another_fi_mean_nothing() -> None:
    assert quirks.declared_level({"acrs": ["c3"], "acr": "eidas1"}, NONE) == "eidas1"


def test_what_userinfo_lacks_is_taken_from_the_id_token_of_entra_alone() -> None:
    userinfo, id_token = (
        {"sub": "a", "email": "a@b.fr", "siret": ""},
        {"email": "c@d.fr", "siret": "1", "tid": "x"},
    )
    assert quirks.completed(userinfo, id_token, ENTRA) == {"sub": "a", "email": "a@b.fr", "siret": "1"}
    assert quirks.completed(userinfo, id_token, NONE) == userinfo


def test_a_quirk_nobody_knows_is_refused_by_the_registry_file() -> None:
    read = PROVIDER_FIELDS["quirks"]
    assert read(["entra-id", "no-pkce"], "quirks") == ("entra-id", "no-pkce")
    with pytest.raises(WrongFile, match=re.escape("quirks[1]")):
        read(["entra-id", "no_pkce"], "quirks")
