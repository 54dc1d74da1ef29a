"""A few establishments shaped like the register's own, for the demo, the tests and a start without a key."""

import json
import unicodedata
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.siret import Siret

FILE = Path(__file__).with_name("sample.json")


class SampleRegistry:
    def fetch(self, siret: Siret) -> OrganizationFacts | None:
        row = _rows().get(siret.number)
        return _facts(row) if row else None

    def search(self, words: str, *, limit: int) -> list[OrganizationFacts]:
        wanted = _words(words)
        found = [row for row in _rows().values() if row["is_active"] and wanted <= _searched(row)]
        return [_facts(row) for row in sorted(found, key=lambda row: row["label"])[:limit]]


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {row["siret"]: row for row in json.loads(FILE.read_text())["establishments"]}


def _facts(row: dict[str, Any]) -> OrganizationFacts:
    facts = row | {
        "siret": Siret.parse(row["siret"]),
        "domains": tuple(row["domains"]),
        "known_at": datetime.now(UTC),
    }
    return OrganizationFacts(**facts)


def _searched(row: dict[str, Any]) -> set[str]:
    return _words(f"{row['label']} {row['postcode']} {row['address']}") if row["is_diffusible"] else set()


def _words(text: str) -> set[str]:
    apart = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(each if each.isalnum() else " " for each in apart if not unicodedata.combining(each))
    return set(letters.split())
