"""What becomes of a person's ``sub`` on the day their domain goes from Identité to a FI (pure)."""

from dataclasses import dataclass
from enum import Enum


def _(text: str) -> str:
    """Marks a msgid; the page that shows it translates it."""
    return text


class Fate(Enum):
    """The reason, and whether the person goes on under the same ``sub``."""

    JOINS = (True, _("Le compte sera rejoint à la première connexion par ce FI."))
    JOINED = (True, _("Le compte est déjà connu de ce FI."))
    OF_THE_FI_ALONE = (True, _("Ce compte n’existe pas à Identité : le FI l’a ouvert."))
    BLOCKED = (True, _("Ce compte est bloqué, et le restera."))
    DISPUTED = (False, _("Ce FI a donné cet identifiant à deux personnes : l’équipe doit trancher."))
    TWO_ACCOUNTS_AT_IDENTITE = (False, _("Deux comptes d’Identité ont eu cette adresse."))
    ANOTHER_ACCOUNT_AT_THE_FI = (False, _("Ce FI a déjà ouvert un autre compte avec cette adresse."))
    DOMAIN_NOT_PROVED = (False, _("Ce FI n’a pas prouvé le domaine."))
    DOMAIN_PROVED_BY_ANOTHER = (False, _("Un autre FI a prouvé le même domaine."))

    def __init__(self, keeps: bool, reason: str) -> None:
        self.keeps = keeps
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Of an account, seen by its address in the domain that moves."""

    is_at_identite: bool  # under this address
    is_at_the_fi: bool  # whatever the address
    is_blocked: bool
    is_disputed: bool
    has_namesakes: bool  # other accounts of Identité had this address
    address_is_taken: bool  # the FI gave it to another account


def fate(account: Situation, *, is_proved: bool, is_proved_by_another: bool) -> Fate:
    """The order is the rule, and the one by which sign-ins are settled: federation/reconciliation.py."""
    if account.is_disputed:
        return Fate.DISPUTED
    if account.is_at_the_fi:
        return Fate.JOINED if account.is_at_identite else Fate.OF_THE_FI_ALONE
    if account.address_is_taken:
        return Fate.ANOTHER_ACCOUNT_AT_THE_FI
    if not is_proved:
        return Fate.DOMAIN_NOT_PROVED
    if is_proved_by_another:
        return Fate.DOMAIN_PROVED_BY_ANOTHER
    if account.has_namesakes:
        return Fate.TWO_ACCOUNTS_AT_IDENTITE
    return Fate.BLOCKED if account.is_blocked else Fate.JOINS
