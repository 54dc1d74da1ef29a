"""The domain that was meant, for one that nobody receives mail at (pure)."""

from collections.abc import Iterable

MOST_EDITS = 2
SHORT = 8  # characters: under that, two edits make another word

# Where many people have their mailbox. Reviewed in November 2026; a FI's own domains need not be here.
FREQUENT_DOMAINS = frozenset(
    {
        # free mail
        "bbox.fr",
        "free.fr",
        "gmail.com",
        "gmx.fr",
        "hotmail.com",
        "hotmail.fr",
        "icloud.com",
        "laposte.net",
        "live.fr",
        "numericable.fr",
        "orange.fr",
        "outlook.com",
        "outlook.fr",
        "proton.me",
        "protonmail.com",
        "sfr.fr",
        "wanadoo.fr",
        "yahoo.com",
        "yahoo.fr",
        # administrations
        "agriculture.gouv.fr",
        "aphp.fr",
        "beta.gouv.fr",
        "culture.gouv.fr",
        "def.gouv.fr",
        "defense.gouv.fr",
        "developpement-durable.gouv.fr",
        "dgccrf.finances.gouv.fr",
        "dgfip.finances.gouv.fr",
        "diplomatie.gouv.fr",
        "douane.finances.gouv.fr",
        "dreets.gouv.fr",
        "ecologie.gouv.fr",
        "education.gouv.fr",
        "enseignementsup.gouv.fr",
        "finances.gouv.fr",
        "gendarmerie.interieur.gouv.fr",
        "insee.fr",
        "interieur.gouv.fr",
        "intradef.gouv.fr",
        "jscs.gouv.fr",
        "justice.fr",
        "justice.gouv.fr",
        "modernisation.gouv.fr",
        "numerique.gouv.fr",
        "outre-mer.gouv.fr",
        "pm.gouv.fr",
        "recherche.gouv.fr",
        "sante.gouv.fr",
        "social.gouv.fr",
        "sports.gouv.fr",
        "travail.gouv.fr",
    }
)


def meant(domain: str, known: Iterable[str]) -> str | None:
    """The nearest domain among those known and the frequent ones; known ones first when several are as near."""
    ours = frozenset(known)
    near = [
        (edits, name not in ours, name)
        for name in ours | FREQUENT_DOMAINS
        if (edits := edits_between(domain, name)) is not None and 0 < edits <= _most(domain, name)
    ]
    return min(near)[2] if near else None


def edits_between(typed: str, name: str) -> int | None:
    """Letters added, dropped, changed or swapped with the next; None beyond what one slip makes.

    Optimal string alignment: each letter is edited once.
    """
    if abs(len(typed) - len(name)) > MOST_EDITS or len(set(typed) ^ set(name)) > 2 * MOST_EDITS:
        return None
    before: list[int] = []
    previous = list(range(len(name) + 1))
    for row, letter in enumerate(typed, start=1):
        current = [row]
        for column, other in enumerate(name, start=1):
            least = min(
                previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (letter != other)
            )
            if row > 1 < column and (letter, typed[row - 2]) == (name[column - 2], other):
                least = min(least, before[column - 2] + 1)
            current.append(least)
        if min(current) > MOST_EDITS:
            return None
        before, previous = previous, current
    return previous[-1] if previous[-1] <= MOST_EDITS else None


def _most(typed: str, name: str) -> int:
    return MOST_EDITS if max(len(typed), len(name)) > SHORT else 1
