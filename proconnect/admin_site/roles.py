"""What each role may see and do. A role is a group; the superuser is a flag, and alone manages the team."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

LECTEUR = "lecteur"
ASSISTANCE = "assistance"
PARTENAIRES = "partenaires"
SECURITE = "sécurité"

SEES_CONFIGURATION = ("federation.view_client", "federation.view_provider", "federation.view_signingkey")
SEES_PEOPLE = ("federation.view_account",)
CHANGES_CONFIGURATION = (
    "federation.add_client",
    "federation.change_client",
    "federation.add_provider",
    "federation.change_provider",
)
BLOCKS_PEOPLE = ("federation.change_account",)
SEES_JOURNALS = ("platform.view_auditentry", "platform.view_outboxmessage")
SENDS_AGAIN = ("platform.change_outboxmessage",)

ROLES: Mapping[str, tuple[str, ...]] = {
    LECTEUR: SEES_CONFIGURATION,
    ASSISTANCE: SEES_CONFIGURATION + SEES_PEOPLE,
    PARTENAIRES: SEES_CONFIGURATION + CHANGES_CONFIGURATION,
    SECURITE: SEES_CONFIGURATION + SEES_PEOPLE + BLOCKS_PEOPLE + SEES_JOURNALS + SENDS_AGAIN,
}


def seed(**signal: Any) -> None:
    """After each migrate: the table above is the truth, whatever was ticked since."""
    for name, allowed in ROLES.items():
        role, _ = Group.objects.get_or_create(name=name)
        role.permissions.set(_permissions(allowed))


def _permissions(names: tuple[str, ...]) -> list[Permission]:
    wanted = Q(pk=None)
    for name in names:
        app, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))
