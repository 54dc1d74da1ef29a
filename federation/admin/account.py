"""People as the federation knows them: found by their sub or their exact e-mail, blocked, unblocked, signed out; told
apart when a FI confused two of them, made one when they had two accounts.
"""

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

from federation import endings, settlement
from federation.endings import Ending
from federation.models import Account, AccountLink
from federation.settlement import CannotMerge
from proconnect.kernel.admin_site import NothingDeleted
from proconnect.platform.audit import audit

MOST_SESSIONS_SHOWN = 50
MOST_NAMESAKES_SHOWN = 20


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Motif"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text=_("Il sera écrit au journal d’audit. N’y mettez aucune donnée personnelle inutile."),
    )


class MergeForm(ReasonForm):
    absorbed = forms.ModelChoiceField(
        Account.objects.all(),
        label=_("Compte à absorber"),
        widget=forms.TextInput(attrs={"size": 40}),
        help_text=_("Son sub. Ses identités passeront à ce compte, et lui n’en aura plus."),
        error_messages={"invalid_choice": _("Aucun compte ne porte ce sub.")},
    )
    field_order = ("absorbed", "reason")


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


def same_person(account: Account, link: int, *, reason: str, request: HttpRequest) -> None:
    settlement.same_person(_disputed(account, link), actor=request.user, reason=reason, request=request)  # type: ignore[arg-type]


def another_person(account: Account, link: int, *, reason: str, request: HttpRequest) -> None:
    settlement.another_person(_disputed(account, link), actor=request.user, reason=reason, request=request)  # type: ignore[arg-type]


def merge(account: Account, *, absorbed: Account, reason: str, request: HttpRequest) -> None:
    """Raises CannotMerge."""
    settlement.merge(account, absorbed, actor=request.user, reason=reason, request=request)  # type: ignore[arg-type]


def namesakes(account: Account) -> QuerySet[AccountLink]:
    """Other accounts with an address of this one: another person to whom it went, or the same one twice."""
    addresses = account.links.values("email")
    others = AccountLink.objects.exclude(account=account).filter(email__in=addresses)
    return others.select_related("provider").order_by("created_at")[:MOST_NAMESAKES_SHOWN]


def _disputed(account: Account, link: int) -> AccountLink:
    return get_object_or_404(AccountLink, pk=link, account=account, disputed_at__isnull=False)


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


class Disputed(admin.SimpleListFilter):
    """The only list of people that nobody has to search for."""

    title = _("identités contestées")
    parameter_name = "contestees"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("oui", _("À trancher"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Account]) -> QuerySet[Account]:
        return queryset.filter(links__disputed_at__isnull=False).distinct() if self.value() else queryset


@admin.register(Account)
class AccountAdmin(NothingDeleted):
    change_form_template = "admin/federation/account/change_form.html"
    list_display = ("sub", "created_at", "last_connection_at", "blocked_at")
    fields = readonly_fields = (
        "sub",
        "told_links",
        "told_previous_subs",
        "created_at",
        "last_connection_at",
        "blocked_at",
    )
    list_filter = (Disputed,)
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

    @admin.display(description=_("anciens identifiants"))
    def told_previous_subs(self, account: Account) -> str:
        return ", ".join(account.previous_subs) or "-"

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
            context["namesakes"] = namesakes(obj)
            context["disputed"] = obj.links.filter(disputed_at__isnull=False).select_related("provider")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == Disputed.parameter_name

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        """Nobody browses people: without an exact key the list is empty, unless it is the one of disputes."""
        typed = search_term.strip()
        if not typed and Disputed.parameter_name in request.GET:
            return queryset, False
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
            path(
                "<uuid:sub>/identites/<int:link>/meme-personne/",
                view(self.same_person),
                name="federation_account_same_person",
            ),
            path(
                "<uuid:sub>/identites/<int:link>/autre-personne/",
                view(self.another_person),
                name="federation_account_another_person",
            ),
            path("<uuid:sub>/absorber/", view(self.merge), name="federation_account_merge"),
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

    def same_person(self, request: HttpRequest, sub: UUID, link: int) -> HttpResponse:
        return self._change(
            request,
            sub,
            partial(same_person, link=link),
            title=gettext("C’est la même personne"),
            meaning=gettext(
                "Son FI a changé son nom et son adresse à la fois. Elle retrouve ce compte à sa prochaine connexion."
            ),
            done=gettext("Cette personne peut de nouveau se connecter."),
        )

    def another_person(self, request: HttpRequest, sub: UUID, link: int) -> HttpResponse:
        return self._change(
            request,
            sub,
            partial(another_person, link=link),
            title=gettext("C’est une autre personne"),
            meaning=gettext(
                "Le FI a redonné l’identifiant d’une personne à une autre. Ce compte le perd, et ses sessions sont "
                "fermées. La nouvelle personne aura un compte neuf à sa prochaine connexion."
            ),
            done=gettext("Cet identifiant n’ouvre plus ce compte."),
        )

    def merge(self, request: HttpRequest, sub: UUID) -> HttpResponse:
        return self._change(
            request,
            sub,
            merge,
            title=gettext("Absorber un autre compte"),
            meaning=gettext(
                "Pour une seule personne qui a deux comptes. Les services liront l’ancien sub dans « previous_subs », "
                "s’ils ont ce scope. On ne peut pas revenir en arrière."
            ),
            done=gettext("Les deux comptes n’en font plus qu’un."),
            form_class=MergeForm,
        )

    def _change(
        self,
        request: HttpRequest,
        sub: UUID,
        act: Any,
        *,
        title: str,
        meaning: str,
        done: str,
        form_class: type[ReasonForm] = ReasonForm,
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        account = get_object_or_404(Account, sub=sub)
        form = form_class(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                act(account, request=request, **form.cleaned_data)
            except CannotMerge as refusal:
                form.add_error(None, gettext(refusal.text))
            else:
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
