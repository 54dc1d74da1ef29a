"""acr and amr: which level is worth which (DINUM's partner documentation; eIDAS 2015/1502).

A partial order: ``eidas1`` proves the person better than ``eidas0-mfa``, which authenticates them better.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum


class Acr(StrEnum):
    EIDAS0 = "eidas0"
    EIDAS0_MFA = "eidas0-mfa"
    EIDAS1 = "eidas1"
    EIDAS1_MFA = "eidas1-mfa"
    EIDAS2 = "eidas2"
    EIDAS3 = "eidas3"
    DIRIGEANT = "https://proconnect.gouv.fr/assurance/certification-dirigeant"


DIRECTLY_BELOW: dict[Acr, tuple[Acr, ...]] = {
    Acr.EIDAS0: (),
    Acr.EIDAS0_MFA: (Acr.EIDAS0,),
    Acr.EIDAS1: (Acr.EIDAS0,),
    Acr.EIDAS1_MFA: (Acr.EIDAS0_MFA, Acr.EIDAS1),
    Acr.EIDAS2: (Acr.EIDAS1_MFA,),
    Acr.EIDAS3: (Acr.EIDAS2,),
    Acr.DIRIGEANT: (),
}


def understood(values: Iterable[str]) -> tuple[Acr, ...]:
    """The values we know, in the order the FS gave them; the others are dropped."""
    known = {acr.value: acr for acr in Acr}
    return tuple(dict.fromkeys(known[value] for value in values if value in known))


def is_at_least(reached: Acr, wanted: Acr) -> bool:
    return reached == wanted or any(is_at_least(lower, wanted) for lower in DIRECTLY_BELOW[reached])


def level_of(declared: str) -> Acr:
    """The level a FI declares; one that is missing or unknown counts as eidas1."""
    return next(iter(understood([declared])), Acr.EIDAS1)


def capped(reached: Acr, *, mfa_capable: bool) -> Acr:
    """A FI not marked MFA-capable is believed for a single factor only."""
    if mfa_capable or reached in (Acr.EIDAS0, Acr.DIRIGEANT):
        return reached
    return Acr.EIDAS0 if reached is Acr.EIDAS0_MFA else Acr.EIDAS1


def answer_to(demanded: Sequence[Acr], reached: Acr) -> Acr | None:
    """The acr to return for an essential demand: the highest demanded value satisfied, or None when none is.

    Among incomparable values the FS's order decides.
    """
    return _highest([wanted for wanted in demanded if is_at_least(reached, wanted)])


def answer_to_voluntary(preferred: Sequence[Acr], reached: Acr) -> Acr:
    """The highest asked value reached, else the level reached. Never a refusal."""
    return answer_to(preferred, reached) or reached


def at_least_one_of(demanded: Sequence[Acr]) -> tuple[Acr, ...]:
    """The demanded values and all above them: what a FI is sent."""
    above = [acr for acr in Acr if any(is_at_least(acr, wanted) for wanted in demanded)]
    return tuple(dict.fromkeys([*demanded, *above]))


def _highest(candidates: Sequence[Acr]) -> Acr | None:
    return next(
        (
            acr
            for acr in candidates
            if not any(acr != other and is_at_least(other, acr) for other in candidates)
        ),
        None,
    )
