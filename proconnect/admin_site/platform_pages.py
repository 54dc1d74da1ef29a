"""Journals of the platform: what was changed and by whom; what was given up."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from proconnect.kernel.admin_site import ReadOnly, labelled
from proconnect.platform import outbox
from proconnect.platform.audit import audit
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
    """What the outbox gave up after its last attempt. Content that may hold a secret was emptied then; what may be sent
    again keeps its own, sealed: only what it bears on is shown."""

    list_display = (
        labelled("dead_at", _("abandonné le")),
        labelled("task", _("tâche")),
        "bears_on",
        labelled("attempts", _("essais")),
        labelled("last_error", _("dernière erreur")),
    )
    fields = readonly_fields = (*list_display, labelled("created_at", _("demandé le")))
    list_display_links = None
    actions = ("send_again", "abandon")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        return super().get_queryset(request).exclude(dead_at=None).order_by("-dead_at")

    @admin.display(description=_("concerne"))
    def bears_on(self, message: OutboxMessage) -> str:
        return outbox.told(message) or "–"

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("platform.change_outboxmessage")

    @admin.action(description=_("Renvoyer"), permissions=["settle"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        sent = self._settled(request, queryset, "outbox.send_again", outbox.send_again)
        left = len(queryset) - sent
        if sent:
            told = ngettext("%(count)s envoi va repartir.", "%(count)s envois vont repartir.", sent)
            self.message_user(request, told % {"count": sent}, messages.SUCCESS)
        if left:
            told = ngettext(
                "%(count)s envoi ne peut pas repartir : son contenu n’est plus là.",
                "%(count)s envois ne peuvent pas repartir : leur contenu n’est plus là.",
                left,
            )
            self.message_user(request, told % {"count": left}, messages.WARNING)

    @admin.action(description=_("Abandonner pour de bon"), permissions=["settle"])
    def abandon(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        gone = self._settled(request, queryset, "outbox.abandon", outbox.abandon)
        told = ngettext("%(count)s envoi retiré de la liste.", "%(count)s envois retirés de la liste.", gone)
        self.message_user(request, told % {"count": gone}, messages.SUCCESS)

    def _settled(
        self,
        request: HttpRequest,
        chosen: QuerySet[OutboxMessage],
        action: str,
        act: Callable[[OutboxMessage], bool],
    ) -> int:
        """How many were: each with its line of audit, or not at all."""
        return sum(_settle(request, message, action, act) for message in chosen)


@transaction.atomic
def _settle(
    request: HttpRequest, message: OutboxMessage, action: str, act: Callable[[OutboxMessage], bool]
) -> bool:
    facts = {"bears_on": outbox.told(message), "attempts": message.attempts, "error": message.last_error}
    is_done = act(message)
    if is_done:
        audit(request.user, action, str(message), before=facts, request=request)  # type: ignore[arg-type]  # staff
    return is_done


def register() -> None:
    admin.site.register(AuditEntry, AuditEntryAdmin)
    admin.site.register(OutboxMessage, DeadLetterAdmin)
