"""SIRET and SIREN, the numbers of establishments and companies (décret n° 2022-1015; INSEE's Sirene)."""

import re
from dataclasses import dataclass
from typing import Self

from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number


@dataclass(frozen=True, slots=True)
class Siret:
    """14 digits with a right check digit. La Poste's establishments follow their own rule, which stdnum knows."""

    number: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Spaces and dashes are dropped. Raises ValueError when the rest is no SIRET."""
        number = re.sub(r"[\s.\-\u00a0\u202f]", "", text)
        if not re.fullmatch(r"[0-9]{14}", number) or not siret_number.is_valid(number):
            raise ValueError("not a SIRET")
        return cls(number)

    @property
    def siren(self) -> str:
        return self.number[:9]

    def __str__(self) -> str:
        return self.number


def is_siren(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{9}", text)) and siren_number.is_valid(text)
