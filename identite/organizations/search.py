"""Finding an organisation from what a person types: a SIRET, a name or a postcode."""

import re

from identite.organizations.directory import Directory
from proconnect.kernel.contracts.organization_directory import DirectoryUnavailable
from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.siret import Siret

LONGEST_POSTCODE = 5


def _(text: str) -> str:
    """Marks a msgid; the page that shows it translates it."""
    return text


class CannotChoose(Exception):
    """``text`` tells the person why, and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


WRONG_NUMBER = _("Ce numéro n’est pas un SIRET. Un SIRET a 14 chiffres : vérifiez votre saisie.")
UNKNOWN = _("Aucune organisation ne porte ce numéro. Vérifiez-le, ou cherchez par nom.")
CLOSED = _("Cette organisation est fermée. Indiquez le SIRET de l’établissement où vous travaillez.")
NOT_FOUND = _("Aucune organisation trouvée. Essayez avec son numéro SIRET.")
UNAVAILABLE = _("Le registre des entreprises ne répond pas. Réessayez dans quelques minutes.")


def look_up(typed: str) -> str | list[OrganizationFacts]:
    """One SIRET that can be joined, else what a search finds. Raises CannotChoose."""
    if len(digits := _digits(typed)) > LONGEST_POSTCODE:
        return establishment(digits).siret.number
    try:
        found = Directory().search(typed)
    except DirectoryUnavailable:
        raise CannotChoose(UNAVAILABLE) from None
    if not found:
        raise CannotChoose(NOT_FOUND)
    return found


def establishment(siret: str) -> OrganizationFacts:
    """An open establishment. Raises CannotChoose."""
    try:
        found = Directory().find(Siret.parse(siret))
    except ValueError:
        raise CannotChoose(WRONG_NUMBER) from None
    except DirectoryUnavailable:
        raise CannotChoose(UNAVAILABLE) from None
    if found is None:
        raise CannotChoose(UNKNOWN)
    if not found.is_active:
        raise CannotChoose(CLOSED)
    return found


def _digits(typed: str) -> str:
    """Empty unless nothing else was typed."""
    number = re.sub(r"[\s.\-\u00a0\u202f]", "", typed)
    return number if re.fullmatch(r"[0-9]+", number) else ""
