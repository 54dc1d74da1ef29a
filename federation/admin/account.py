"""People as the federation knows them: found by their sub or their exact e-mail, blocked, unblocked, signed out."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from federation import endings
from federation.endings import Ending
from federation.models import Account
from proconnect.kernel.admin_site import NothingDeleted
from proconnect.platform.audit import audit

MOST_SESSIONS_SHOWN = 50


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Motif"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text=_("Il sera écrit au journal d’audit. N’y mettez aucune donnée personnelle inutile."),
    )


@transaction.atomic
def block(account: Account, *, reason: str, request: HttpRequest) -> None:
    """Their next login is refused, and the tokens already given die at once."""
    account.blocked_at = datetime.now(UTC)
    account.save(update_fields=["blocked_at"])
    endings.end_sessions_of_account(account.sub, Ending.ACCOUNT_BLOCKED)
    _audit(
        request, "account.block", account, reason, before={"is_blocked": False}, after={"is_blocked": True}
    )


@transaction.atomic
def unblock(account: Account, *, reason: str, request: HttpRequest) -> None:
    account.blocked_at = None
    account.save(update_fields=["blocked_at"])
    _audit(
        request, "account.unblock", account, reason, before={"is_blocked": True}, after={"is_blocked": False}
    )


@transaction.atomic
def end_sessions(account: Account, *, reason: str, request: HttpRequest) -> None:
    """In every browser, and with all the tokens they gave. They may sign in again."""
    ended = endings.end_sessions_of_account(account.sub, Ending.TEAM)
    _audit(request, "account.end_sessions", account, reason, after={"sessions": ended})


@transaction.atomic
def end_session(account: Account, sid: UUID, *, reason: str, request: HttpRequest) -> None:
    if account.sessions.filter(sid=sid).exists() and endings.end_session(sid, Ending.TEAM):
        _audit(request, "account.end_session", account, reason, after={"sid": str(sid)})


def _audit(
    request: HttpRequest, action: str, account: Account, reason: str, *, before: Any = None, after: Any
) -> None:
    audit(
        request.user,  # type: ignore[arg-type]  # staff are signed in
        action,
        str(account.sub),
        before=before,
        after=after,
        reason=reason,
        request=request,
    )


@admin.register(Account)
class AccountAdmin(NothingDeleted):
    change_form_template = "admin/federation/account/change_form.html"
    list_display = ("sub", "created_at", "last_connection_at", "blocked_at")
    fields = readonly_fields = ("sub", "told_links", "created_at", "last_connection_at", "blocked_at")
    search_fields = ("sub",)
    search_help_text = _("Le sub, ou l’adresse e-mail exacte.")
    actions = None

    @admin.display(description=_("identités"))
    def told_links(self, account: Account) -> str:
        links = account.links.select_related("provider").order_by("created_at")
        return format_html_join(
            "",
            gettext("<p>{} par « {} », vue le {}</p>"),
            (
                (link.email, link.provider.title, date_format(link.seen_at or link.created_at))
                for link in links
            ),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Account | None = None,
    ) -> HttpResponse:
        if obj:
            rows = obj.sessions.select_related("provider").order_by("-opened_at")
            context["sessions"] = rows[:MOST_SESSIONS_SHOWN]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        """Nobody browses people: without an exact key the list is empty."""
        typed = search_term.strip()
        if "@" in typed:
            return queryset.filter(links__email=typed.lower()).distinct(), False
        try:
            return queryset.filter(sub=UUID(typed)), False
        except ValueError:
            return queryset.none(), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:sub>/bloquer/", view(self.block), name="federation_account_block"),
            path("<uuid:sub>/debloquer/", view(self.unblock), name="federation_account_unblock"),
            path("<uuid:sub>/sessions/fermer/", view(self.end_all), name="federation_account_end_sessions"),
            path(
                "<uuid:sub>/sessions/<uuid:sid>/fermer/",
                view(self.end_one),
                name="federation_account_end_session",
            ),
            *super().get_urls(),
        ]

    def block(self, request: HttpRequest, sub: UUID) -> HttpResponse:
        return self._change(
            request,
            sub,
            block,
            title=gettext("Bloquer ce compte"),
            meaning=gettext(
                "Un compte bloqué ne peut plus se connecter à aucun service. Ses accès en cours sont fermés."
            ),
            done=gettext("Ce compte est bloqué."),
        )

    def unblock(self, request: HttpRequest, sub: UUID) -> HttpResponse:
        return self._change(
            request,
            sub,
            unblock,
            title=gettext("Débloquer ce compte"),
            meaning=gettext("Cette personne pourra de nouveau se connecter à ses services."),
            done=gettext("Ce compte est débloqué."),
        )

    def end_all(self, request: HttpRequest, sub: UUID) -> HttpResponse:
        return self._change(
            request,
            sub,
            end_sessions,
            title=gettext("Fermer toutes les sessions"),
            meaning=gettext(
                "Cette personne est déconnectée partout. Ses services en sont prévenus. Elle peut se reconnecter."
            ),
            done=gettext("Les sessions de ce compte sont fermées."),
        )

    def end_one(self, request: HttpRequest, sub: UUID, sid: UUID) -> HttpResponse:
        return self._change(
            request,
            sub,
            partial(end_session, sid=sid),
            title=gettext("Fermer cette session"),
            meaning=gettext(
                "Cette personne est déconnectée dans un seul navigateur. Les services ouverts là en sont prévenus."
            ),
            done=gettext("La session est fermée."),
        )

    def _change(
        self, request: HttpRequest, sub: UUID, act: Any, *, title: str, meaning: str, done: str
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        account = get_object_or_404(Account, sub=sub)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            act(account, reason=form.cleaned_data["reason"], request=request)
            self.message_user(request, done, messages.SUCCESS)
            return redirect("admin:federation_account_change", sub)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "meaning": meaning,
            "account": account,
            "form": form,
        }
        return TemplateResponse(request, "admin/federation/account/reason.html", context)
