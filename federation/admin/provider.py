"""FI: registered, changed, looked at, put out of service. Their secret goes in and never comes out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from federation import registry
from federation.admin.provider_facts import facts
from federation.admin.provider_form import PLAIN_FIELDS, OfferForm, ProviderForm, told_of_conflict
from federation.models import Provider, ProviderDomain
from federation.registry import Author, DomainTaken, ownership
from federation.registry.plan import PROVIDER_URIS
from federation.registry.proof import Seen
from federation.rp import self_test
from proconnect.kernel.admin_site import NothingDeleted

ENDPOINTS = tuple(name for name in PROVIDER_URIS if name not in ("issuer", "status_url"))


@admin.register(Provider)
class ProviderAdmin(NothingDeleted):
    form = ProviderForm
    change_form_template = "admin/federation/provider/change_form.html"
    list_display = ("title", "name", "uid", "is_active", "is_routed", "network", "count_of_domains")
    list_filter = ("is_active", "is_routed", "network", "is_mfa_capable")
    search_fields = ("title", "name", "issuer", "domains__name")
    search_help_text = _("Titre, nom, émetteur ou domaine.")
    readonly_fields = ("uid",)
    actions = ("suspend", "resume")
    fieldsets = (
        (_("Le fournisseur d’identité"), {"fields": ("uid", "name", "title", "support_email", "status_url")}),
        (
            _("État"),
            {"fields": ("is_active", "is_routed", "network", "acceptance_testers", "planned_outages")},
        ),
        (
            _("Domaines d’e-mail"),
            {
                "fields": (
                    "email_domains",
                    "shared_email_domains",
                    "extra_email_domains",
                    "block_unlisted_domains",
                )
            },
        ),
        (_("Où le joindre"), {"fields": ("issuer", "discovery", *ENDPOINTS)}),
        (
            _("Nos identifiants chez lui"),
            {"fields": ("client_id", "client_secret", "token_endpoint_auth_method")},
        ),
        (
            _("Ses réponses"),
            {
                "fields": (
                    "id_token_signed_response_algs",
                    "id_token_encrypted_response_alg",
                    "id_token_encrypted_response_enc",
                    "userinfo_signed_response_alg",
                    "userinfo_encrypted_response_alg",
                    "userinfo_encrypted_response_enc",
                    "is_mfa_capable",
                    "mfa_note",
                    "default_siret",
                    "quirks",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        rows: QuerySet[Provider] = super().get_queryset(request)
        return rows.annotate(domain_count=Count("domains"))

    @admin.display(description=_("domaines"), ordering="domain_count")
    def count_of_domains(self, provider: Any) -> int:
        count: int = provider.domain_count
        return count

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Identité is part of ProConnect: code, not configuration."""
        return super().has_change_permission(request, obj) and (obj is None or bool(obj.issuer))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("uid", *PLAIN_FIELDS)}),)
        return super().get_fieldsets(request, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        provider = self.get_object(request, object_id)
        seen = facts(provider, now=datetime.now(UTC)) if provider and provider.issuer else {}
        seen["may_offer"] = bool(provider) and not seen and super().has_change_permission(request)
        return super().change_view(request, object_id, form_url, {**seen, **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The form refuses a domain that is taken; another operator may take it between this and the writing."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainTaken as taken:
            self._tell_taken(request, taken)
            return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        by, said, now = _author(request), form.cleaned_data, datetime.now(UTC)
        secret = said["client_secret"] or None
        if change:
            registry.change_provider(form.entry(str(obj.uid)), by=by, secret=secret)
        else:
            obj.uid = uuid4()
            registry.register_provider(form.entry(str(obj.uid)), by=by, secret=secret)
        registry.plan_outages(str(obj.uid), said["planned_outages"], by=by, now=now)
        obj.title = said["title"]
        self._warn_of_shared_domains(request, obj, said["shared_email_domains"])

    def _warn_of_shared_domains(
        self, request: HttpRequest, provider: Provider, domains: Sequence[str]
    ) -> None:
        shared = ProviderDomain.objects.filter(name__in=domains, is_routed=True, provider__is_active=True)
        for domain in shared.exclude(provider_id=provider.uid).select_related("provider"):
            told = gettext(
                "Le domaine « %(domain)s » est aussi servi par « %(other)s » : les personnes choisiront."
            )
            self.message_user(
                request, told % {"domain": domain.name, "other": domain.provider.title}, messages.WARNING
            )

    @admin.action(description=_("Mettre hors service"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._for_each(request, queryset.filter(is_active=True), registry.suspend_provider)

    @admin.action(description=_("Remettre en service"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._for_each(request, queryset.filter(is_active=False), registry.resume_provider)

    def _for_each(self, request: HttpRequest, providers: QuerySet[Provider], act: Any) -> None:
        changed = 0
        for uid in [str(uid) for uid in providers.exclude(issuer="").values_list("uid", flat=True)]:
            try:
                act(uid, by=_author(request))
                changed += 1
            except DomainTaken as taken:
                self._tell_taken(request, taken)
        told = ngettext("%(count)s FI modifié.", "%(count)s FI modifiés.", changed) % {"count": changed}
        self.message_user(request, told, messages.SUCCESS if changed else messages.WARNING)

    def _tell_taken(self, request: HttpRequest, taken: DomainTaken) -> None:
        conflict = taken.conflict
        self.message_user(request, told_of_conflict(conflict.domain, conflict.other.title), messages.ERROR)

    # Looking at a FI

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:uid>/controle/", view(self.check_now), name="federation_provider_check"),
            path("<uuid:uid>/domaines/", view(self.look_at_domains), name="federation_provider_domains"),
            path("<uuid:uid>/proposer/", view(self.offer), name="federation_provider_offer"),
            *super().get_urls(),
        ]

    def check_now(self, request: HttpRequest, uid: UUID) -> HttpResponse:
        provider = self._writable(request, uid)
        if request.method == "POST":
            report = self_test.check(provider, asked_by=str(request.user))
            if report.passed:
                self.message_user(
                    request, gettext("Le contrôle n’a rien trouvé à corriger."), messages.SUCCESS
                )
            else:
                self.message_user(request, gettext("Le contrôle a trouvé des défauts."), messages.ERROR)
        return redirect("admin:federation_provider_change", uid)

    def look_at_domains(self, request: HttpRequest, uid: UUID) -> HttpResponse:
        provider = self._writable(request, uid)
        if request.method == "POST":
            seen = ownership.prove(provider.uid, by=_author(request), now=datetime.now(UTC))
            for domain, sight in seen.items():
                level, told = SIGHTS[sight]
                self.message_user(request, told % {"domain": domain}, level)
        return redirect("admin:federation_provider_change", uid)

    def offer(self, request: HttpRequest, uid: UUID) -> HttpResponse:
        """Identité, beside the FI of some domains."""
        identite = get_object_or_404(Provider, uid=uid, issuer="")
        if not super().has_change_permission(request):
            raise PermissionDenied
        offered = identite.domains.order_by("name").values_list("name", flat=True)
        form = OfferForm(request.POST or None, initial={"email_domains": tuple(offered)})
        if request.method == "POST" and form.is_valid():
            registry.offer_identite(str(uid), form.cleaned_data["email_domains"], by=_author(request))
            self.message_user(request, gettext("Les domaines sont enregistrés."), messages.SUCCESS)
            return redirect("admin:federation_provider_change", uid)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Où proposer « %(title)s »") % {"title": identite.title},
            "provider": identite,
            "form": form,
        }
        return TemplateResponse(request, "admin/federation/provider/offer.html", context)

    def _writable(self, request: HttpRequest, uid: UUID) -> Provider:
        provider = get_object_or_404(Provider, uid=uid)
        if not provider.issuer:
            raise Http404
        if not self.has_change_permission(request, provider):
            raise PermissionDenied
        return provider


SIGHTS = {
    Seen.FOUND: (messages.SUCCESS, _("Le DNS prouve « %(domain)s ».")),
    Seen.ABSENT: (messages.WARNING, _("Le DNS ne prouve pas « %(domain)s » : l’enregistrement n’y est pas.")),
    Seen.UNKNOWN: (messages.ERROR, _("Le DNS n’a rien dit de « %(domain)s ». Recommencez plus tard.")),
}


def _author(request: HttpRequest) -> Author:
    return Author(actor=request.user, request=request)  # type: ignore[arg-type]  # staff are signed in
