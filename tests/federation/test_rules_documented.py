"""docs/regles says what the tables of the code say."""

import re

import pytest
from django.conf import settings

from federation.registry.fate import Fate
from federation.rp.identity import (
    CUSTOM_DEEPEST,
    CUSTOM_LARGEST,
    CUSTOM_MOST_NAMES,
    FIELDS,
    FORBIDDEN_NAMES,
    Defect,
    Presence,
)
from proconnect.kernel.public_bodies import LISTS

RULES = settings.ROOT / "docs/regles"
IDENTITY, RECONCILIATION, PUBLIC = (
    (RULES / f"{name}.md").read_text(encoding="utf-8")
    for name in ("identite-recue", "reconciliation", "service-public")
)
WORDS = {
    Presence.MANDATORY: "obligatoire",
    Presence.EXPECTED: "attendue",
    Presence.OPTIONAL: "facultative",
}


def test_each_claim_of_a_fi_is_documented_with_its_presence() -> None:
    told = dict(
        re.findall(r"^\| `([a-z_:]+)` \| (obligatoire|attendue|facultative) \|", IDENTITY, re.MULTILINE)
    )
    assert told == {field.claim: WORDS[field.presence] for field in FIELDS} | {"siret": "attendue"}


def test_the_bounds_of_other_claims_are_documented() -> None:
    assert f"| noms | {CUSTOM_MOST_NAMES} au plus" in IDENTITY
    assert f"| profondeur | {CUSTOM_DEEPEST} niveaux" in IDENTITY
    assert f"| taille | {CUSTOM_LARGEST // 1000} {CUSTOM_LARGEST % 1000} signes" in IDENTITY
    assert all(f"`{name}`" in IDENTITY for name in FORBIDDEN_NAMES)


def test_each_defect_is_documented() -> None:
    assert all(f"| `{defect.value}` |" in IDENTITY for defect in Defect)


def test_each_fate_is_documented_with_what_becomes_of_the_sub() -> None:
    told = dict(re.findall(r"^\| `([a-z_]+)` \| (gardé|perdu) \|", RECONCILIATION, re.MULTILINE))
    assert told == {fate.name.lower(): "gardé" if fate.keeps else "perdu" for fate in Fate}


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_documented(name: str) -> None:
    assert f"`{name}`" in PUBLIC
