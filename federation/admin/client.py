"""FS and FD: registered, changed, given a new secret, put out of service. Every write goes through the registry."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from federation import registry
from federation.admin.fields import (
    DomainsField,
    LinesField,
    PublicKeysField,
    UriField,
    problem_with_uri,
    told_of_line,
)
from federation.claims import CLAIMS, SCOPES
from federation.models import Client, Environment, Kind, Provider, TokenAuthMethod
from federation.registry.described import client_entry
from federation.registry.entries import ClientEntry
from federation.registry.reading import WrongFile, public_keys
from proconnect.kernel.admin_site import NothingDeleted

USUAL_SCOPES = (
    "openid",
    "given_name",
    "usual_name",
    "email",
    "uid",
    "siret",
    "phone",
    "idp_id",
    "custom",
    "roles",
    "organization_label",
)
LISTS_OF_URIS = ("redirect_uris", "post_logout_redirect_uris")
URIS = ("site_url", "jwks_uri", "backchannel_logout_uri")
SHOWN_ONCE = "secret_to_show_once"
PLAIN_FIELDS = (
    "name",
    "kind",
    "description",
    "support_email",
    "environment",
    "listed_publicly",
    "is_active",
    "accepts_private_sector",
    "token_endpoint_auth_method",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    "require_pkce",
)  # of the row: the others are declared by the form


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    redirect_uris = LinesField(
        label=_("Adresses de retour"),
        help_text=_("Une par ligne, exactement comme le service les enverra (redirect_uri)."),
    )
    post_logout_redirect_uris = LinesField(
        label=_("Adresses de retour après déconnexion"),
        help_text=_("Une par ligne (post_logout_redirect_uri)."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes autorisés"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Ce que le service pourra lire, s’il le demande. N’accordez que ce dont il a besoin."),
    )
    allowed_email_domains = DomainsField(
        label=_("Domaines d’e-mail admis"), help_text=_("Un par ligne. Aucun : tous sont admis.")
    )
    allowed_providers = forms.MultipleChoiceField(
        label=_("FI admis"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucun coché : tous sont admis."),
    )
    site_url = UriField(label=_("Adresse du service"), empty_value="", help_text=_("Sa page d’accueil."))
    jwks = PublicKeysField(
        label=_("Clés publiques (JWKS)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "spellcheck": "false"}),
        help_text=_("Pour private_key_jwt. Jamais de clé privée."),
    )
    jwks_uri = UriField(
        label=_("Adresse des clés publiques"),
        help_text=_("Pour private_key_jwt, à défaut de clés saisies ici."),
    )
    backchannel_logout_uri = UriField(
        label=_("Déconnexion par canal arrière"),
        help_text=_("Nous y annonçons la fin des sessions. Facultatif."),
    )

    class Meta:
        model = Client
        fields = PLAIN_FIELDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        entry = client_entry(self.instance) if self.instance.pk else None
        self._offer_scopes(entry)
        self._offer_providers()
        for name in LISTS_OF_URIS:
            self.initial[name] = getattr(entry, name) if entry else ()

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        loopback_allowed = said.get("environment") != Environment.PRODUCTION
        for name in LISTS_OF_URIS:
            self._judge_lines(name, loopback_allowed)
        for name in URIS:
            if problem := problem_with_uri(said.get(name), loopback_allowed=loopback_allowed):
                self.add_error(name, gettext("Adresse refusée : %(problem)s.") % {"problem": problem})
        self._judge_kind(said)
        self._judge_keys(said)
        return said

    def _post_clean(self) -> None:
        """The row is written by the registry, from the entry: nothing is put on the instance here."""

    def entry(self, client_id: str) -> ClientEntry:
        said = self.cleaned_data
        return ClientEntry(
            client_id=client_id,
            **{
                name: said[name]
                for name in (*PLAIN_FIELDS, *LISTS_OF_URIS, *URIS, "jwks", "allowed_email_domains")
            },
            scopes=tuple(said["scopes"]),
            allowed_providers=tuple(said["allowed_providers"]),
        )

    def _offer_scopes(self, entry: ClientEntry | None) -> None:
        held = entry.scopes if entry else ()
        names = [*SCOPES, *(name for name in held if name not in SCOPES)]
        self.fields["scopes"].choices = [(name, _scope_label(name)) for name in names]  # type: ignore[attr-defined]
        if entry is None:
            self.initial["scopes"] = USUAL_SCOPES

    def _offer_providers(self) -> None:
        rows = Provider.objects.order_by("title").values_list("uid", "title")
        choices = [(str(uid), title) for uid, title in rows]
        self.fields["allowed_providers"].choices = choices  # type: ignore[attr-defined]
        self.initial["allowed_providers"] = [str(uid) for uid in self.instance.allowed_providers]

    def _judge_lines(self, name: str, loopback_allowed: bool) -> None:
        for number, uri in enumerate(self.cleaned_data.get(name, ()), start=1):
            if problem := problem_with_uri(uri, loopback_allowed=loopback_allowed):
                self.add_error(name, told_of_line(number, uri, problem))

    def _judge_kind(self, said: dict[str, Any]) -> None:
        if said.get("kind") != Kind.FS:
            return
        if "redirect_uris" in said and not said["redirect_uris"]:
            self.add_error("redirect_uris", gettext("Donnez au moins une adresse de retour."))
        if "openid" not in said.get("scopes", ["openid"]):
            self.add_error("scopes", gettext("Le scope openid est nécessaire à toute connexion."))

    def _judge_keys(self, said: dict[str, Any]) -> None:
        if said.get("jwks") is not None:
            try:
                public_keys(said["jwks"], "jwks")
            except WrongFile:
                self.add_error("jwks", gettext("Donnez un jeu de clés publiques (JWKS), sans clé privée."))
        by_key = said.get("token_endpoint_auth_method") == TokenAuthMethod.PRIVATE_KEY_JWT
        if by_key and not (said.get("jwks") or said.get("jwks_uri")):
            self.add_error(
                "jwks", gettext("private_key_jwt demande des clés publiques, ou l’adresse où les lire.")
            )


def _scope_label(scope: str) -> str:
    claims = [claim.name for claim in CLAIMS if claim.scope == scope]
    return f"{scope} ({', '.join(claims)})" if claims and claims != [scope] else scope


@admin.register(Client)
class ClientAdmin(NothingDeleted):
    form = ClientForm
    change_form_template = "admin/federation/client/change_form.html"
    list_display = ("name", "client_id", "kind", "environment", "is_active", "accepts_private_sector")
    list_filter = ("is_active", "kind", "environment", "accepts_private_sector")
    search_fields = ("name", "client_id", "site_url")
    search_help_text = _("Nom, client_id ou adresse du service.")
    list_select_related = ()
    readonly_fields = ("client_id", "secret_state")
    actions = ("suspend", "resume")
    fieldsets = (
        (_("Le service"), {"fields": ("name", "kind", "description", "site_url", "support_email")}),
        (_("État"), {"fields": ("environment", "is_active", "listed_publicly")}),
        (_("Adresses"), {"fields": ("redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri")}),
        (
            _("Qui peut entrer"),
            {"fields": ("accepts_private_sector", "allowed_email_domains", "allowed_providers")},
        ),
        (_("Ce que le service peut lire"), {"fields": ("scopes",)}),
        (
            _("Identifiants et sécurité"),
            {
                "fields": (
                    "client_id",
                    "secret_state",
                    "token_endpoint_auth_method",
                    "jwks",
                    "jwks_uri",
                    "require_pkce",
                    "id_token_signed_response_alg",
                    "userinfo_signed_response_alg",
                    "introspection_signed_response_alg",
                )
            },
        ),
    )

    # Display

    @admin.display(description=_("secret (client_secret)"))
    def secret_state(self, client: Client) -> str:
        if not client.pk:
            return gettext("Il sera généré, et montré une seule fois.")
        if client.previous_secret_expires_at and client.previous_secret_expires_at > datetime.now(UTC):
            until = client.previous_secret_expires_at.astimezone().strftime("%d/%m/%Y")
            return gettext("Enregistré. Le précédent reste accepté jusqu’au %(until)s.") % {"until": until}
        return gettext("Enregistré. Personne ne peut plus le lire.")

    # Writing

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        by = registry.Author(actor=request.user, request=request)  # type: ignore[arg-type]  # staff are signed in
        if change:
            new = registry.change_client(form.entry(obj.client_id), by=by, now=datetime.now(UTC))
        else:
            obj.client_id = str(uuid4())
            new = registry.register_client(form.entry(obj.client_id), by=by)
            obj.pk = Client.objects.get(client_id=obj.client_id).pk
        if new is not None:
            _show_once(request, obj.client_id, new)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect("admin:federation_client_secret", obj.pk)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if SHOWN_ONCE in request.session:
            return redirect("admin:federation_client_secret", obj.pk)
        return super().response_change(request, obj)

    @admin.action(description=_("Mettre hors service"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        self._for_each(request, queryset.filter(is_active=True), registry.suspend_client)

    @admin.action(description=_("Remettre en service"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        self._for_each(request, queryset.filter(is_active=False), registry.resume_client)

    def _for_each(self, request: HttpRequest, clients: QuerySet[Client], act: Any) -> None:
        by = registry.Author(actor=request.user, request=request)  # type: ignore[arg-type]
        names: Sequence[str] = list(clients.values_list("client_id", flat=True))
        for client_id in names:
            act(client_id, by=by)
        told = ngettext("%(count)s service modifié.", "%(count)s services modifiés.", len(names))
        self.message_user(request, told % {"count": len(names)}, messages.SUCCESS)

    # Secrets

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/secret/", view(self.show_secret), name="federation_client_secret"),
            path("<int:pk>/nouveau-secret/", view(self.draw_secret), name="federation_client_new_secret"),
            *super().get_urls(),
        ]

    def show_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Once: what the session held is taken out by showing it."""
        client = self._writable(request, pk)
        held = request.session.pop(SHOWN_ONCE, None)
        secret = held["secret"] if held and held["client_id"] == client.client_id else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Identifiants de « %(name)s »") % {"name": client.name},
            "client": client,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/federation/client/secret.html", context)

    def draw_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        client = self._writable(request, pk)
        if request.method == "POST":
            by = registry.Author(actor=request.user, request=request)  # type: ignore[arg-type]
            new = registry.rotate_secret(client.client_id, by=by, now=datetime.now(UTC))
            _show_once(request, client.client_id, new)
            return redirect("admin:federation_client_secret", pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Nouveau secret pour « %(name)s »") % {"name": client.name},
            "client": client,
        }
        return TemplateResponse(request, "admin/federation/client/new_secret.html", context)

    def _writable(self, request: HttpRequest, pk: int) -> Client:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(Client, pk=pk)


def _show_once(request: HttpRequest, client_id: str, new: registry.NewSecret) -> None:
    request.session[SHOWN_ONCE] = {"client_id": client_id, "secret": new.clear}
