"""Companies whose legal category does not say whether they are of the public service: lists by SIREN, dated.

``manage.py public_bodies import`` writes them from what is published.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from proconnect.kernel.siret import is_siren

FILE = Path(__file__).with_name("public_bodies.json")
LISTS = ("state_operators", "public", "not_public")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBodies:
    dated: str  # ISO 8601: of the most recent list
    sources: Mapping[str, str]
    state_operators: frozenset[str]
    public: frozenset[str]
    not_public: frozenset[str]

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for a number that is no SIREN."""
        kept: dict[str, Any] = json.loads(text)
        return cls(
            dated=kept["dated"],
            sources=kept["sources"],
            **{name: frozenset(_checked(kept[name])) for name in LISTS},
        )

    def written(self) -> str:
        lists = {name: sorted(getattr(self, name)) for name in LISTS}
        kept = {"dated": self.dated, "sources": dict(self.sources), **lists}
        return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"


@cache
def public_bodies() -> PublicBodies:
    """Those this version of the code was delivered with."""
    return PublicBodies.read(FILE.read_text(encoding="utf-8"))


def _checked(numbers: Iterable[str]) -> list[str]:
    wrong = [number for number in numbers if not is_siren(number)]
    if wrong:
        raise ValueError(f"not a SIREN: {', '.join(wrong[:5])}")
    return list(numbers)
