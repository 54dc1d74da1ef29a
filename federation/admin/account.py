"""People as the federation knows them: found by their sub or their exact e-mail, blocked and unblocked."""

from datetime import UTC, datetime
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
    _audit(request, "account.block", account, reason)


@transaction.atomic
def unblock(account: Account, *, reason: str, request: HttpRequest) -> None:
    account.blocked_at = None
    account.save(update_fields=["blocked_at"])
    _audit(request, "account.unblock", account, reason)


def _audit(request: HttpRequest, action: str, account: Account, reason: str) -> None:
    after = {"is_blocked": account.is_blocked}
    audit(
        request.user,  # type: ignore[arg-type]  # staff are signed in
        action,
        str(account.sub),
        before={"is_blocked": not account.is_blocked},
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
            *super().get_urls(),
        ]

    def block(self, request: HttpRequest, sub: UUID) -> HttpResponse:
        return self._change(
            request, sub, block, gettext("Bloquer ce compte"), gettext("Ce compte est bloqué.")
        )

    def unblock(self, request: HttpRequest, sub: UUID) -> HttpResponse:
        return self._change(
            request, sub, unblock, gettext("Débloquer ce compte"), gettext("Ce compte est débloqué.")
        )

    def _change(self, request: HttpRequest, sub: UUID, act: Any, title: str, done: str) -> HttpResponse:
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
            "account": account,
            "form": form,
        }
        return TemplateResponse(request, "admin/federation/account/reason.html", context)
