"""Why a person may speak for an organisation, and what each ground is worth (pure)."""

from enum import StrEnum


def _(text: str) -> str:
    """Marks a msgid; the pages that show it translate it."""
    return text


class Ground(StrEnum):
    OFFICIAL_CONTACT = "official_contact"
    DOMAIN = "domain"
    MODERATED = "moderated"
    BYPASSED = "bypassed"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def oal(self) -> int:
        """What the link is worth, on the scale of ``levels``."""
        return OAL[self]


LABELS = {
    Ground.OFFICIAL_CONTACT: _("adresse de contact officielle"),
    Ground.DOMAIN: _("domaine d’e-mail de l’organisation"),
    Ground.MODERATED: _("vérifié par la modération"),
    Ground.BYPASSED: _("sans vérification (bac à sable)"),
}

OAL = {
    Ground.OFFICIAL_CONTACT: 1,
    Ground.DOMAIN: 1,
    Ground.MODERATED: 1,
    Ground.BYPASSED: 1,
}
