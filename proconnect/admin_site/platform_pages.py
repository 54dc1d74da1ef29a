"""Journals of the platform: what was changed and by whom; what was given up."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from proconnect.kernel.admin_site import ReadOnly, labelled
from proconnect.platform.models import AuditEntry, OutboxMessage


def _told(name: str, label: Any) -> Any:
    """JSON, one fact per line."""

    @admin.display(description=label)
    def told(entry: AuditEntry) -> str:
        facts = getattr(entry, name)
        return format_html("<pre>{}</pre>", json.dumps(facts, ensure_ascii=False, indent=2)) if facts else "–"

    return told


class AuditEntryAdmin(ReadOnly):
    list_display = (
        labelled("at", _("le")),
        labelled("actor", _("par")),
        labelled("action", _("action")),
        labelled("target", _("sur")),
        labelled("reason", _("motif")),
    )
    search_fields = ("actor", "target", "action", "trace_id")
    search_help_text = _("Auteur, action, objet ou identifiant de trace.")
    fields = readonly_fields = (
        *list_display,
        _told("before", _("avant")),
        _told("after", _("après")),
        labelled("ip", _("adresse IP")),
        labelled("trace_id", _("identifiant de trace")),
    )


class DeadLetterAdmin(ReadOnly):
    """What the outbox gave up after its last attempt. Its content was emptied then: nobody reads it here."""

    list_display = (
        labelled("dead_at", _("abandonné le")),
        labelled("task", _("tâche")),
        labelled("attempts", _("essais")),
        labelled("last_error", _("dernière erreur")),
    )
    fields = readonly_fields = (*list_display, labelled("created_at", _("demandé le")))

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        return super().get_queryset(request).exclude(dead_at=None).order_by("-dead_at")


def register() -> None:
    admin.site.register(AuditEntry, AuditEntryAdmin)
    admin.site.register(OutboxMessage, DeadLetterAdmin)
