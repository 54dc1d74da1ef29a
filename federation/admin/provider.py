"""FI: registered, changed, put out of service. Their secret goes in and never comes out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from federation import registry
from federation.admin.fields import DomainsField, LinesField, UriField, problem_with_uri
from federation.models import Provider, ProviderDomain, SigningAlgorithm, TokenAuthMethod
from federation.registry.described import provider_entry
from federation.registry.entries import ProviderEntry
from proconnect.kernel.admin_site import NothingDeleted
from proconnect.kernel.siret import Siret

URIS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
)
NEEDED_WITHOUT_DISCOVERY = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
PLAIN_FIELDS = (
    "name",
    "title",
    "support_email",
    "is_active",
    "is_routed",
    "network",
    "discovery",
    "client_id",
    "token_endpoint_auth_method",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "block_unlisted_domains",
    "is_mfa_capable",
)  # of the row: the others are declared by the form


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    issuer = UriField(
        label=_("Émetteur (issuer)"),
        required=True,
        max_length=255,
        help_text=_("Exactement comme le FI l’écrit dans ses jetons, barre finale comprise."),
    )
    authorization_endpoint = UriField(label=_("Adresse d’autorisation"), max_length=255)
    token_endpoint = UriField(label=_("Adresse des jetons"), max_length=255)
    userinfo_endpoint = UriField(label=_("Adresse de userinfo"), max_length=255)
    jwks_uri = UriField(label=_("Adresse des clés publiques"), max_length=255)
    end_session_endpoint = UriField(label=_("Adresse de déconnexion"), max_length=255)
    client_secret = forms.CharField(
        label=_("Notre secret chez ce FI"),
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Il ne sera plus jamais montré. Laissez vide pour garder celui qui est enregistré."),
    )
    id_token_signed_response_algs = forms.MultipleChoiceField(
        label=_("Signatures admises"), choices=SigningAlgorithm.choices, widget=forms.CheckboxSelectMultiple
    )
    email_domains = DomainsField(
        label=_("Domaines servis"),
        help_text=_("Un par ligne. Les personnes de ces domaines sont envoyées à ce FI."),
    )
    extra_email_domains = DomainsField(
        label=_("Domaines admis en plus"),
        help_text=_("Un par ligne. Acceptés au retour, sans que leurs adresses soient envoyées à ce FI."),
    )
    proved_domains = DomainsField(
        label=_("Domaines prouvés"),
        help_text=_(
            "Un par ligne, parmi les précédents. Le FI a prouvé que ces domaines lui appartiennent : "
            "leurs titulaires gardent leur compte en venant d’Identité."
        ),
    )
    default_siret = forms.CharField(
        label=_("SIRET par défaut"),
        required=False,
        max_length=20,
        help_text=_("Donné aux services quand le FI n’en transmet pas, ou un mauvais."),
    )
    quirks = LinesField(
        label=_("Écarts connus à la norme"), help_text=_("Un nom par ligne. Vide le plus souvent.")
    )

    class Meta:
        model = Provider
        fields = PLAIN_FIELDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.created_at is None:
            self.initial["id_token_signed_response_algs"] = [SigningAlgorithm.ES256, SigningAlgorithm.RS256]
            return
        entry = provider_entry(self.instance)
        for name in ("email_domains", "extra_email_domains", "quirks"):
            self.initial[name] = getattr(entry, name)
        proved = self.instance.domains.exclude(proved_at=None)
        self.initial["proved_domains"] = tuple(proved.order_by("name").values_list("name", flat=True))

    def clean_default_siret(self) -> str | None:
        typed: str | None = self.cleaned_data["default_siret"]
        try:
            return Siret.parse(typed).number if typed else None
        except ValueError:
            raise forms.ValidationError(gettext("Ce SIRET est incorrect : 14 chiffres attendus.")) from None

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Provider.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(gettext("Un autre FI porte déjà ce nom."))
        return name

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        for name in URIS:
            problem = problem_with_uri(said.get(name), loopback_allowed=settings.ENV.allow_private_addresses)
            if problem:
                self.add_error(name, gettext("Adresse refusée : %(problem)s.") % {"problem": problem})
        self._judge_endpoints(said)
        self._judge_secret(said)
        self._judge_domains(said)
        self._judge_twin(said)
        return said

    def _post_clean(self) -> None:
        """The row is written by the registry, from the entry: nothing is put on the instance here."""

    def entry(self, uid: str) -> ProviderEntry:
        said = self.cleaned_data
        return ProviderEntry(
            uid=uid,
            **{name: said[name] for name in (*PLAIN_FIELDS, *URIS, "default_siret", "quirks")},
            id_token_signed_response_algs=tuple(said["id_token_signed_response_algs"]),
            email_domains=tuple(sorted(said["email_domains"])),
            extra_email_domains=tuple(sorted(said["extra_email_domains"])),
        )

    def _judge_endpoints(self, said: dict[str, Any]) -> None:
        for name in NEEDED_WITHOUT_DISCOVERY:
            if said.get("discovery") is False and name in said and not said[name]:
                self.add_error(name, gettext("Cette adresse est nécessaire sans découverte automatique."))

    def _judge_secret(self, said: dict[str, Any]) -> None:
        by_key = said.get("token_endpoint_auth_method") == TokenAuthMethod.PRIVATE_KEY_JWT
        if not by_key and not said.get("client_secret") and not self.instance.sealed_secret:
            self.add_error("client_secret", gettext("Donnez le secret que ce FI vous a remis."))

    def _judge_domains(self, said: dict[str, Any]) -> None:
        served, extra = said.get("email_domains", ()), said.get("extra_email_domains", ())
        for name in served:
            if name in extra:
                told = gettext("« %(domain)s » est déjà parmi les domaines servis.") % {"domain": name}
                self.add_error("extra_email_domains", told)
        for name in said.get("proved_domains", ()):
            if name not in (*served, *extra):
                told = gettext("« %(domain)s » n’est pas un domaine de ce FI.") % {"domain": name}
                self.add_error("proved_domains", told)

    def _judge_twin(self, said: dict[str, Any]) -> None:
        twins = Provider.objects.filter(issuer=said.get("issuer"), client_id=said.get("client_id"))
        if twins.exclude(pk=self.instance.pk).exists():
            self.add_error("issuer", gettext("Un autre FI a déjà cet émetteur et ce client_id."))


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
        (_("Le fournisseur d’identité"), {"fields": ("uid", "name", "title", "support_email")}),
        (_("État"), {"fields": ("is_active", "is_routed", "network")}),
        (
            _("Domaines d’e-mail"),
            {"fields": ("email_domains", "extra_email_domains", "proved_domains", "block_unlisted_domains")},
        ),
        (_("Où le joindre"), {"fields": ("issuer", "discovery", *URIS[1:])}),
        (
            _("Nos identifiants chez lui"),
            {"fields": ("client_id", "client_secret", "token_endpoint_auth_method")},
        ),
        (
            _("Ses réponses"),
            {
                "fields": (
                    "id_token_signed_response_algs",
                    "userinfo_signed_response_alg",
                    "userinfo_encrypted_response_alg",
                    "userinfo_encrypted_response_enc",
                    "is_mfa_capable",
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

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        by = registry.Author(actor=request.user, request=request)  # type: ignore[arg-type]  # staff are signed in
        said, now = form.cleaned_data, datetime.now(UTC)
        secret, proved = said["client_secret"] or None, said["proved_domains"]
        if change:
            registry.change_provider(form.entry(str(obj.uid)), by=by, secret=secret, proved=proved, now=now)
        else:
            obj.uid = uuid4()
            registry.register_provider(form.entry(str(obj.uid)), by=by, secret=secret, proved=proved, now=now)
        obj.title = said["title"]
        self._warn_of_shared_domains(request, obj, said["email_domains"])

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
        by = registry.Author(actor=request.user, request=request)  # type: ignore[arg-type]
        uids = [str(uid) for uid in providers.exclude(issuer="").values_list("uid", flat=True)]
        for uid in uids:
            act(uid, by=by)
        told = ngettext("%(count)s FI modifié.", "%(count)s FI modifiés.", len(uids)) % {"count": len(uids)}
        self.message_user(request, told, messages.SUCCESS)
