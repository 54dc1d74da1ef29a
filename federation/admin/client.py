"""FS and FD: registered, changed, given a new secret, put out of service. Every write goes through the registry."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
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
from federation.claims import ALL_SCOPES, CLAIMS, GENERIC_OIDC, SCOPES
from federation.models import Client, Environment, Kind, Provider, TokenAuthMethod
from federation.models.client import ClaimsProfile, ContentEncryption
from federation.registry import data_scopes
from federation.registry.described import LIFETIMES, client_entry
from federation.registry.entries import ClientEntry
from federation.registry.public_keys import to_encrypt, to_verify
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
SIGNED_ANSWERS = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
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
    "minimum_acr",
    "token_endpoint_auth_method",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "claims_profile",
    "introspection_signed_response_alg",
    "is_exempt_from_consent",
    "require_pkce",
)  # of the row: the others are declared by the form


def _lifetime(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        help_text=_("En secondes. Vide : la durée commune, qui ne peut être que raccourcie."),
    )


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
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Ce que le service pourra lire, s’il le demande. N’accordez que ce dont il a besoin."),
    )
    data_scopes = LinesField(
        label=_("Scopes de ses données"),
        help_text=_(
            "Un par ligne, comme « dossier:lire ». Vous pourrez ensuite les accorder à des services."
        ),
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
        help_text=_("Pour private_key_jwt et pour chiffrer userinfo. Jamais de clé privée."),
    )
    jwks_uri = UriField(
        label=_("Adresse des clés publiques"),
        help_text=_("Si le service publie ses clés lui-même. L’un ou l’autre, jamais les deux."),
    )
    backchannel_logout_uri = UriField(
        label=_("Déconnexion par canal arrière"),
        help_text=_("Nous y annonçons la fin des sessions. Facultatif."),
    )
    code_lifetime = _lifetime(_("Durée du code"))
    access_token_lifetime = _lifetime(_("Durée du jeton d’accès"))
    refresh_token_lifetime = _lifetime(_("Durée du jeton de rafraîchissement"))

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
        for name in LIFETIMES:
            self.initial[name] = getattr(entry, name) if entry else None

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
        self._judge_encryption(said)
        self._judge_lifetimes(said)
        return said

    def _post_clean(self) -> None:
        """The row is written by the registry, from the entry: nothing is put on the instance here."""

    def entry(self, client_id: str) -> ClientEntry:
        said = self.cleaned_data
        named = (*PLAIN_FIELDS, *LISTS_OF_URIS, *URIS, *LIFETIMES, "jwks", "allowed_email_domains")
        encrypted = said["userinfo_encrypted_response_alg"]
        return ClientEntry(
            client_id=client_id,
            **{name: said[name] for name in named},
            userinfo_encrypted_response_enc=ContentEncryption.A256GCM.value if encrypted else None,
            scopes=tuple(said["data_scopes" if said["kind"] == Kind.FD else "scopes"]),
            allowed_providers=tuple(said["allowed_providers"]),
        )

    def _offer_scopes(self, entry: ClientEntry | None) -> None:
        """To a FS: the federation's, those of FD, and those it holds that nobody offers any more."""
        held = entry.scopes if entry and entry.kind == Kind.FS else ()
        of_fds = _scopes_of_fds()
        names = dict.fromkeys([*ALL_SCOPES, *of_fds, *held])
        choices = [(name, of_fds.get(name) or _scope_label(name)) for name in names]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]
        self.initial["scopes"] = held if entry else USUAL_SCOPES
        self.initial["data_scopes"] = entry.scopes if entry and entry.kind == Kind.FD else ()

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
        if said.get("kind") == Kind.FS:
            self._judge_fs(said)
        if said.get("kind") == Kind.FD:
            self._judge_fd(said)

    def _judge_fs(self, said: dict[str, Any]) -> None:
        if "redirect_uris" in said and not said["redirect_uris"]:
            self.add_error("redirect_uris", gettext("Donnez au moins une adresse de retour."))
        if "openid" not in said.get("scopes", ["openid"]):
            self.add_error("scopes", gettext("Le scope openid est nécessaire à toute connexion."))
        if "profile" in said.get("scopes", ()) and said.get("claims_profile") != ClaimsProfile.GENERIC_OIDC:
            self.add_error("scopes", gettext("« profile » va avec les noms d’OpenID Connect générique."))
        if said.get("data_scopes"):
            self.add_error("data_scopes", gettext("Seul un fournisseur de données définit des scopes."))

    def _judge_fd(self, said: dict[str, Any]) -> None:
        if not said.get("is_exempt_from_consent"):
            self.add_error(
                "is_exempt_from_consent",
                gettext("Seul un fournisseur de données dispensé du consentement peut être enregistré."),
            )
        others = _scopes_of_fds(but=self.instance.pk)
        for number, scope in enumerate(said.get("data_scopes", ()), start=1):
            if problem := _problem_with_data_scope(scope, others):
                self.add_error("data_scopes", told_of_line(number, scope, problem))

    def _judge_keys(self, said: dict[str, Any]) -> None:
        if said.get("jwks") is not None:
            try:
                public_keys(said["jwks"], "jwks")
            except WrongFile:
                self.add_error("jwks", gettext("Donnez un jeu de clés publiques (JWKS), sans clé privée."))
        if said.get("jwks") and said.get("jwks_uri"):
            self.add_error("jwks_uri", gettext("Donnez les clés ou leur adresse, pas les deux."))
        if said.get("token_endpoint_auth_method") == TokenAuthMethod.PRIVATE_KEY_JWT:
            self._judge_authentication_by_key(said)

    def _judge_authentication_by_key(self, said: dict[str, Any]) -> None:
        if not (said.get("jwks") or said.get("jwks_uri")):
            self.add_error(
                "jwks", gettext("private_key_jwt demande des clés publiques, ou l’adresse où les lire.")
            )
        if said.get("jwks") and not to_verify(said["jwks"]):
            self.add_error("jwks", gettext("Aucune de ces clés ne vérifie une signature ES256 ou RS256."))
        for name in SIGNED_ANSWERS:
            if said.get(name) == "HS256":
                self.add_error(
                    name, gettext("HS256 signe avec le secret du service : private_key_jwt n’en a pas.")
                )

    def _judge_encryption(self, said: dict[str, Any]) -> None:
        algorithm = said.get("userinfo_encrypted_response_alg")
        if not algorithm:
            return
        if not (said.get("jwks") or said.get("jwks_uri")):
            self.add_error(
                "userinfo_encrypted_response_alg",
                gettext("Le chiffrement demande la clé publique du service, ou l’adresse où la lire."),
            )
        if said.get("jwks") and not to_encrypt(said["jwks"], algorithm):
            told = gettext("Aucune de ces clés ne permet de chiffrer avec %(algorithm)s.")
            self.add_error("jwks", told % {"algorithm": algorithm})

    def _judge_lifetimes(self, said: dict[str, Any]) -> None:
        for name in LIFETIMES:
            longest = int(getattr(settings.ENV, name).total_seconds())
            if (said.get(name) or 0) > longest:
                told = gettext("%(longest)s secondes au plus, comme pour tous les services.")
                self.add_error(name, told % {"longest": longest})


def _scopes_of_fds(*, but: int | None = None) -> dict[str, str]:
    """Their label, by name."""
    rows = Client.objects.filter(kind=Kind.FD).exclude(pk=but).values_list("name", "scopes")
    return {scope: f"{scope} (FD {name})" for name, scopes in rows for scope in scopes}


def _problem_with_data_scope(scope: str, others: Collection[str]) -> str | None:
    if data_scopes.is_reserved(scope):
        return gettext("ce scope est réservé à la fédération")
    if not data_scopes.is_good_name(scope):
        return gettext(
            "2 à 64 caractères parmi a-z, 0-9, « _ », « . », « : » et « - », le premier une lettre"
        )
    return gettext("un autre fournisseur de données le définit déjà") if scope in others else None


def _scope_label(scope: str) -> str:
    claims = [claim.name for claim in (CLAIMS if scope in SCOPES else GENERIC_OIDC) if claim.scope == scope]
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
            {
                "fields": (
                    "accepts_private_sector",
                    "minimum_acr",
                    "allowed_email_domains",
                    "allowed_providers",
                )
            },
        ),
        (_("Ce que le service peut lire"), {"fields": ("scopes", "claims_profile")}),
        (
            _("Pour un fournisseur de données"),
            {"fields": ("data_scopes", "is_exempt_from_consent", "introspection_signed_response_alg")},
        ),
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
                    "userinfo_encrypted_response_alg",
                )
            },
        ),
        (_("Durées"), {"fields": LIFETIMES}),
    )

    # Display

    @admin.display(description=_("secret (client_secret)"))
    def secret_state(self, client: Client) -> str:
        if not client.pk:
            return gettext("Il sera généré, et montré une seule fois.")
        if not client_entry(client).has_a_secret:
            return gettext("Aucun : ce service s’authentifie par sa clé.")
        if client.previous_secret_expires_at and client.previous_secret_expires_at > datetime.now(UTC):
            until = client.previous_secret_expires_at.astimezone().strftime("%d/%m/%Y")
            return gettext("Enregistré. Le précédent reste accepté jusqu’au %(until)s.") % {"until": until}
        return gettext("Enregistré. Personne ne peut plus le lire.")

    # Writing

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        by = registry.Author(actor=request.user, request=request)  # type: ignore[arg-type]  # staff are signed in
        entry = form.entry(obj.client_id if change else str(uuid4()))
        if change:
            new = registry.change_client(entry, by=by, now=datetime.now(UTC))
        else:
            new = registry.register_client(entry, by=by)
            obj.client_id = entry.client_id
            obj.pk = Client.objects.get(client_id=obj.client_id).pk
        if new is not None and entry.has_a_secret:
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
            "has_a_secret": client_entry(client).has_a_secret,
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
            "signs_with_its_secret": client_entry(client).signs_with_its_secret,
        }
        return TemplateResponse(request, "admin/federation/client/new_secret.html", context)

    def _writable(self, request: HttpRequest, pk: int) -> Client:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(Client, pk=pk)


def _show_once(request: HttpRequest, client_id: str, new: registry.NewSecret) -> None:
    request.session[SHOWN_ONCE] = {"client_id": client_id, "secret": new.clear}
