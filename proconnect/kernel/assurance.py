"""acr and amr: which level is worth which (DINUM's partner documentation; eIDAS 2015/1502).

A partial order: ``eidas1`` proves the person better than ``eidas0-mfa``, which authenticates them better. Whether
the person directs the organisation is held beside the level.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Acr(StrEnum):
    EIDAS0 = "eidas0"
    EIDAS0_MFA = "eidas0-mfa"
    EIDAS1 = "eidas1"
    EIDAS1_MFA = "eidas1-mfa"
    EIDAS2 = "eidas2"
    EIDAS3 = "eidas3"
    DIRIGEANT = "https://proconnect.gouv.fr/assurance/certification-dirigeant"


class RetiredAcr(StrEnum):
    """Words of before June 2026. Understood in what a FS asks, answered in kind, never said otherwise."""

    SELF_ASSERTED = "https://proconnect.gouv.fr/assurance/self-asserted"
    SELF_ASSERTED_2FA = "https://proconnect.gouv.fr/assurance/self-asserted-2fa"
    CONSISTENCY_CHECKED = "https://proconnect.gouv.fr/assurance/consistency-checked"
    CONSISTENCY_CHECKED_2FA = "https://proconnect.gouv.fr/assurance/consistency-checked-2fa"


AnyAcr = Acr | RetiredAcr
KNOWN: dict[str, AnyAcr] = {acr.value: acr for kind in (Acr, RetiredAcr) for acr in kind}

DIRECTLY_BELOW: dict[Acr, tuple[Acr, ...]] = {
    Acr.EIDAS0: (),
    Acr.EIDAS0_MFA: (Acr.EIDAS0,),
    Acr.EIDAS1: (Acr.EIDAS0,),
    Acr.EIDAS1_MFA: (Acr.EIDAS0_MFA, Acr.EIDAS1),
    Acr.EIDAS2: (Acr.EIDAS1_MFA,),
    Acr.EIDAS3: (Acr.EIDAS2,),
    Acr.DIRIGEANT: (),
}
TODAY: dict[RetiredAcr, Acr] = {
    RetiredAcr.SELF_ASSERTED: Acr.EIDAS0,
    RetiredAcr.SELF_ASSERTED_2FA: Acr.EIDAS0_MFA,
    RetiredAcr.CONSISTENCY_CHECKED: Acr.EIDAS1,
    RetiredAcr.CONSISTENCY_CHECKED_2FA: Acr.EIDAS1_MFA,
}
# What a verified link with the organisation makes of a lower level.
ENOUGH_WITH_A_VERIFIED_LINK: dict[RetiredAcr, Acr] = {
    RetiredAcr.CONSISTENCY_CHECKED: Acr.EIDAS0,
    RetiredAcr.CONSISTENCY_CHECKED_2FA: Acr.EIDAS0_MFA,
}
WITH_A_MAIL_CODE: dict[Acr, Acr] = {Acr.EIDAS0: Acr.EIDAS0_MFA, Acr.EIDAS1: Acr.EIDAS1_MFA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What one authentication proves. ``acr`` is one of the six levels, never the director's."""

    acr: Acr
    amr: tuple[str, ...] = ()
    link_is_verified: bool = False  # with the organisation; Identité alone says so
    is_director: bool = False  # certified; Identité alone says so


# What a FS asks


def understood(values: Iterable[str]) -> tuple[AnyAcr, ...]:
    """The values we know, in the order the FS gave them; the others are dropped."""
    return tuple(dict.fromkeys(KNOWN[value] for value in values if value in KNOWN))


def is_at_least(reached: Acr, wanted: Acr) -> bool:
    return reached == wanted or any(is_at_least(lower, wanted) for lower in DIRECTLY_BELOW[reached])


def satisfies(reached: Reached, wanted: AnyAcr) -> bool:
    if wanted is Acr.DIRIGEANT:
        return reached.is_director
    if is_at_least(reached.acr, _today(wanted)):
        return True
    enough = ENOUGH_WITH_A_VERIFIED_LINK.get(wanted) if isinstance(wanted, RetiredAcr) else None
    return enough is not None and reached.link_is_verified and is_at_least(reached.acr, enough)


def answer_to(demanded: Sequence[AnyAcr], reached: Reached) -> AnyAcr | None:
    """The acr to return for an essential demand: the highest demanded value satisfied, or None when none is.

    Among incomparable values the FS's order decides. The director's word is the answer only when no level is.
    """
    met = [wanted for wanted in demanded if satisfies(reached, wanted)]
    return _highest([wanted for wanted in met if wanted is not Acr.DIRIGEANT] or met)


def answer_to_voluntary(preferred: Sequence[AnyAcr], reached: Reached) -> AnyAcr:
    """The highest asked value reached, else the level reached. Never a refusal."""
    return answer_to(preferred, reached) or reached.acr


def at_least_one_of(demanded: Sequence[AnyAcr]) -> tuple[Acr, ...]:
    """The demanded levels and all above them: what a FI is sent. Nothing of the words it cannot know."""
    levels = [_today(wanted) for wanted in demanded if wanted is not Acr.DIRIGEANT]
    above = [acr for acr in Acr if any(is_at_least(acr, wanted) for wanted in levels)]
    return tuple(dict.fromkeys([*levels, *above]))


@dataclass(frozen=True, slots=True)
class Demand:
    """What must be reached, or nobody enters: one of the values a FS demands, and never less than its own minimum."""

    values: tuple[AnyAcr, ...] = ()  # essential, in the FS's order; empty: it demands nothing this time
    minimum: Acr | None = None  # at every sign-in of this FS

    def __bool__(self) -> bool:
        return bool(self.values) or self.minimum is not None

    def is_met(self, reached: Reached) -> bool:
        return self.values_are_met(reached) and self.minimum_is_met(reached)

    def values_are_met(self, reached: Reached) -> bool:
        return not self.values or answer_to(self.values, reached) is not None

    def minimum_is_met(self, reached: Reached) -> bool:
        return self.minimum is None or is_at_least(reached.acr, self.minimum)

    def a_mail_code_suffices(self, reached: Reached) -> bool:
        return not self.is_met(reached) and self.is_met(with_a_mail_code(reached))

    def levels(self) -> tuple[Acr, ...]:
        """What a FI is sent: all the levels that would do."""
        if self.minimum is None:
            return at_least_one_of(self.values)
        enough = at_least_one_of((self.minimum,))
        asked = at_least_one_of(self.values) or enough
        return tuple(acr for acr in asked if acr in enough)


# What a FI is believed for


def level_of(declared: str) -> Acr:
    """The level a FI declares; one that is missing or unknown counts as eidas1. A director is no level."""
    level = KNOWN.get(declared)
    return level if isinstance(level, Acr) and level is not Acr.DIRIGEANT else Acr.EIDAS1


def capped(declared: Acr, *, mfa_capable: bool) -> Acr:
    """A FI not marked MFA-capable is believed for a single factor only."""
    if mfa_capable or declared is Acr.EIDAS0:
        return declared
    return Acr.EIDAS0 if declared is Acr.EIDAS0_MFA else Acr.EIDAS1


# What we add ourselves


def with_a_mail_code(reached: Reached) -> Reached:
    """Once a code we mailed came back: a second factor, no proof of the person. Unchanged where it adds nothing."""
    if "mail" in reached.amr or reached.acr not in WITH_A_MAIL_CODE:
        return reached
    amr = tuple(dict.fromkeys([*reached.amr, "mail", "mfa"]))
    return replace(reached, acr=WITH_A_MAIL_CODE[reached.acr], amr=amr)


def on_reuse(reached: Reached) -> Reached:
    """An open session is worth eidas1-mfa at most: where only more will do, the person authenticates again."""
    return replace(reached, acr=Acr.EIDAS1_MFA) if is_at_least(reached.acr, Acr.EIDAS1_MFA) else reached


def _today(wanted: AnyAcr) -> Acr:
    return TODAY[wanted] if isinstance(wanted, RetiredAcr) else wanted


def _highest(candidates: Collection[AnyAcr]) -> AnyAcr | None:
    """The first that none of the others is strictly above."""
    return next((one for one in candidates if not any(_is_above(other, one) for other in candidates)), None)


def _is_above(one: AnyAcr, other: AnyAcr) -> bool:
    return _today(one) != _today(other) and is_at_least(_today(one), _today(other))
