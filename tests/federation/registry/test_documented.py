"""docs/partenaires/registre.md knows every key of the registry file, and its default."""

import re
from dataclasses import MISSING, fields

import pytest
from django.conf import settings

from federation.quirks import QUIRKS
from federation.registry.entries import ClientEntry, ProviderEntry
from federation.registry.reading import CLIENT_FIELDS, PROVIDER_FIELDS

PAGE = (settings.ROOT / "docs/partenaires/registre.md").read_text(encoding="utf-8")
LINES: dict[str, dict[str, str]] = {
    title: dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE))
    for title, section in re.findall(
        r"^## Un [^\n]*\(`(\w+)`\)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
}


@pytest.mark.parametrize(("section", "known"), [("clients", CLIENT_FIELDS), ("providers", PROVIDER_FIELDS)])
def test_every_key_has_its_line_and_no_other(section: str, known: dict[str, object]) -> None:
    assert list(LINES[section]) == list(known)


@pytest.mark.parametrize(("section", "entry"), [("clients", ClientEntry), ("providers", ProviderEntry)])
def test_the_default_told_is_the_one_taken(section: str, entry: type[ClientEntry | ProviderEntry]) -> None:
    for field in fields(entry):
        told = LINES[section][field.name]
        match field.default:
            case _ if field.default is MISSING or field.name in ("issuer", "client_id"):
                assert told == "erreur"
            case None:
                assert told.startswith("`null`")
            case bool(value):
                assert told.startswith(f"`{str(value).lower()}`")
            case "":
                assert told == "vide"
            case str(value):
                assert told == f"`{value}`"
            case ():
                assert told == "`[]`"
            case tuple(values):
                assert told.startswith("`[" + ", ".join(f'"{value}"' for value in values) + "]`")


def test_every_quirk_is_explained_in_its_own_words() -> None:
    told = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", PAGE.partition("### Écarts")[2], re.MULTILINE))
    assert told == QUIRKS
