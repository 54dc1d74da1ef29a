"""Signing in at Identité on one page: what must be true before a person is sent back, in order (pure).

Each step answers a Move, or None to let the next one speak. The last one always moves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from identite.levels import aal_of, acr_of
from proconnect.kernel.assurance import Acr

if TYPE_CHECKING:
    from identite.sign_in.sign_in import SignIn
    from identite.sign_in.situation import Link, Situation


@dataclass(frozen=True, slots=True)
class AskEmail:
    pass


@dataclass(frozen=True, slots=True)
class AskPassword:
    pass


@dataclass(frozen=True, slots=True)
class AskCode:
    pass


@dataclass(frozen=True, slots=True)
class CompleteAccount:
    pass


@dataclass(frozen=True, slots=True)
class AwaitModeration:
    siret: str


@dataclass(frozen=True, slots=True)
class AskOrganization:
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class ChooseOrganization:
    pass


@dataclass(frozen=True, slots=True)
class Release:
    siret: str
    acr: Acr
    link_is_verified: bool


@dataclass(frozen=True, slots=True)
class Decline:
    description: str


Move = (
    AskEmail
    | AskPassword
    | AskCode
    | CompleteAccount
    | AwaitModeration
    | AskOrganization
    | ChooseOrganization
    | Release
    | Decline
)
Step = Callable[["SignIn", "Situation"], Move | None]


def ask_email(sign_in: "SignIn", seen: "Situation") -> Move | None:
    return AskEmail() if not seen.person and not sign_in.email else None


def identify(sign_in: "SignIn", seen: "Situation") -> Move | None:
    return AskPassword() if not seen.person and not sign_in.is_proving else None


def prove_email(sign_in: "SignIn", seen: "Situation") -> Move | None:
    """An address counts once a code sent to it has come back (S-116)."""
    return AskCode() if not seen.person else None


def set_password(sign_in: "SignIn", seen: "Situation") -> Move | None:
    return CompleteAccount() if seen.person and not seen.person.has_password else None


def give_names(sign_in: "SignIn", seen: "Situation") -> Move | None:
    return CompleteAccount() if seen.person and not seen.person.has_names else None


def await_moderation(sign_in: "SignIn", seen: "Situation") -> Move | None:
    if sign_in.awaited_siret in seen.pending_sirets:
        return AwaitModeration(sign_in.awaited_siret)
    if seen.pending_sirets and not seen.links:
        return AwaitModeration(seen.pending_sirets[0])
    return None


def join_organization(sign_in: "SignIn", seen: "Situation") -> Move | None:
    return None if seen.links else AskOrganization(suggested=sign_in.siret_hint)


def choose_organization(sign_in: "SignIn", seen: "Situation") -> Move | None:
    return None if selected(sign_in, seen) else ChooseOrganization()


def release(sign_in: "SignIn", seen: "Situation") -> Move:
    link = selected(sign_in, seen)
    assert link is not None and seen.person is not None
    acr = acr_of(ial=0, aal=aal_of(seen.person.amr), oal=link.ground.oal)
    if acr is None:
        return Decline("neither the person nor the organisation is proved")
    return Release(link.siret, acr, link_is_verified=link.ground.oal >= 1)


REQUIREMENTS: tuple[Step, ...] = (
    ask_email,
    identify,
    prove_email,
    set_password,
    give_names,
    await_moderation,
    join_organization,
    choose_organization,
    release,
)


def next_move(steps: Sequence[Step], sign_in: "SignIn", seen: "Situation") -> Move:
    return next(move for step in steps if (move := step(sign_in, seen)))


def selected(sign_in: "SignIn", seen: "Situation") -> "Link | None":
    """The organisation chosen in this passage, else the one the FS suggests, else the only one.

    A suggestion the person is no member of is answered by a choice, never by an access (siret_hint is a hint).
    """
    for wanted in (sign_in.siret, sign_in.siret_hint):
        if wanted:
            return next((link for link in seen.links if link.siret == wanted), None)
    return seen.links[0] if len(seen.links) == 1 else None
