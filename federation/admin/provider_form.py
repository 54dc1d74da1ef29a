"""What an operator writes of a FI, and what is wrong with it, in French."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from federation.admin.fields import DomainsField, UriField, problem_with_uri
from federation.admin.provider_lines import OutagesField, TestersField
from federation.models import Provider, SigningAlgorithm, TokenAuthMethod
from federation.quirks import QUIRKS
from federation.registry import acts
from federation.registry.described import provider_entry
from federation.registry.entries import ProviderEntry
from federation.registry.plan import ENCRYPTED_ANSWERS, PROVIDER_URIS, needed_by_hand
from federation.registry.records import Outage
from proconnect.kernel.siret import Siret

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
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "block_unlisted_domains",
    "is_mfa_capable",
    "mfa_note",
)  # of the row: the others are declared by the form
SORTED = ("email_domains", "extra_email_domains", "shared_email_domains", "acceptance_testers")
LISTS = (*SORTED, "id_token_signed_response_algs", "quirks")


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
    status_url = UriField(
        label=_("Page d’état"), max_length=255, help_text=_("Où le FI dit lui-même s’il fonctionne.")
    )
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
    shared_email_domains = DomainsField(
        label=_("Domaines partagés"),
        help_text=_(
            "Un par ligne, parmi les précédents. Un autre FI les sert aussi : les personnes choisissent."
        ),
    )
    extra_email_domains = DomainsField(
        label=_("Domaines admis en plus"),
        help_text=_("Un par ligne. Acceptés au retour, sans que leurs adresses soient envoyées à ce FI."),
    )
    acceptance_testers = TestersField(
        label=_("Recetteurs"),
        help_text=_(
            "Un par ligne : « prenom.nom@domaine.fr 31/01/2027 ». Jusqu’à cette date, cette personne atteint ce FI "
            "sans qu’il soit proposé, en ajoutant « +proconnect » à son adresse."
        ),
    )
    planned_outages = OutagesField(
        label=_("Interruptions prévues"),
        help_text=_(
            "Une par ligne : « 10/01/2027 22:00 - 11/01/2027 06:00 Maintenance de la messagerie. » La phrase est "
            "montrée aux personnes de ses domaines, la veille et pendant l’interruption."
        ),
    )
    default_siret = forms.CharField(
        label=_("SIRET par défaut"),
        required=False,
        max_length=20,
        help_text=_("Donné aux services quand le FI n’en transmet pas, ou un mauvais."),
    )
    quirks = forms.MultipleChoiceField(
        label=_("Écarts connus à la norme"),
        required=False,
        choices=lambda: [(name, gettext(sentence)) for name, sentence in QUIRKS.items()],
        widget=forms.CheckboxSelectMultiple,
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
        for name in LISTS:
            self.initial[name] = getattr(entry, name)
        to_come = self.instance.outages.filter(ends_at__gt=timezone.now())
        self.initial["planned_outages"] = tuple(
            Outage(each.message, each.starts_at, each.ends_at) for each in to_come
        )

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
        for name in PROVIDER_URIS:
            problem = problem_with_uri(said.get(name), loopback_allowed=settings.ENV.allow_private_addresses)
            if problem:
                self.add_error(name, gettext("Adresse refusée : %(problem)s.") % {"problem": problem})
        self._judge_endpoints(said)
        self._judge_secret(said)
        self._judge_encryption(said)
        self._judge_domains(said)
        self._judge_testers(said)
        self._judge_twin(said)
        self._judge_sharing()
        return said

    def _post_clean(self) -> None:
        """The row is written by the registry, from the entry: nothing is put on the instance here."""

    def entry(self, uid: str) -> ProviderEntry:
        said = self.cleaned_data
        texts = {name: said[name] for name in (*PLAIN_FIELDS, *PROVIDER_URIS, "default_siret")}
        lists: dict[str, Any] = {name: tuple(sorted(said[name])) for name in SORTED}
        return ProviderEntry(
            uid=uid,
            **texts,
            **lists,
            id_token_signed_response_algs=tuple(said["id_token_signed_response_algs"]),
            quirks=tuple(said["quirks"]),
        )

    def _judge_endpoints(self, said: dict[str, Any]) -> None:
        for name in needed_by_hand(said.get("quirks", ())):
            if said.get("discovery") is False and name in said and not said[name]:
                self.add_error(name, gettext("Cette adresse est nécessaire sans découverte automatique."))

    def _judge_secret(self, said: dict[str, Any]) -> None:
        by_key = said.get("token_endpoint_auth_method") == TokenAuthMethod.PRIVATE_KEY_JWT
        if not by_key and not said.get("client_secret") and not self.instance.sealed_secret:
            self.add_error("client_secret", gettext("Donnez le secret que ce FI vous a remis."))

    def _judge_encryption(self, said: dict[str, Any]) -> None:
        for answer in ENCRYPTED_ANSWERS:
            if bool(said.get(f"{answer}_alg")) != bool(said.get(f"{answer}_enc")):
                told = gettext("Le chiffrement et sa méthode vont ensemble : choisissez les deux, ou aucun.")
                self.add_error(f"{answer}_enc", told)

    def _judge_domains(self, said: dict[str, Any]) -> None:
        served, extra = said.get("email_domains", ()), said.get("extra_email_domains", ())
        for name in served:
            if name in extra:
                told = gettext("« %(domain)s » est déjà parmi les domaines servis.") % {"domain": name}
                self.add_error("extra_email_domains", told)
        for name in said.get("shared_email_domains", ()):
            if name not in served:
                told = gettext("« %(domain)s » n’est pas un domaine que ce FI sert.") % {"domain": name}
                self.add_error("shared_email_domains", told)

    def _judge_testers(self, said: dict[str, Any]) -> None:
        accepted = {*said.get("email_domains", ()), *said.get("extra_email_domains", ())}
        emails = [tester.email for tester in said.get("acceptance_testers", ())]
        for place, email in enumerate(emails):
            domain = email.rpartition("@")[2]
            if said.get("block_unlisted_domains") and domain not in accepted:
                told = gettext("« %(domain)s » n’est pas un domaine de ce FI.") % {"domain": domain}
                self.add_error("acceptance_testers", told)
            if email in emails[:place]:
                told = gettext("« %(email)s » est inscrit deux fois.") % {"email": email}
                self.add_error("acceptance_testers", told)

    def _judge_twin(self, said: dict[str, Any]) -> None:
        twins = Provider.objects.filter(issuer=said.get("issuer"), client_id=said.get("client_id"))
        if twins.exclude(pk=self.instance.pk).exists():
            self.add_error("issuer", gettext("Un autre FI a déjà cet émetteur et ce client_id."))

    def _judge_sharing(self) -> None:
        """Only an entry that is right in itself can be compared with the others."""
        if self.errors:
            return
        for conflict in acts.conflicts_of(self.entry(str(self.instance.uid))):
            self.add_error("email_domains", told_of_conflict(conflict.domain, conflict.other.title))


class OfferForm(forms.Form):
    """Of Identité alone."""

    email_domains = DomainsField(
        label=_("Domaines"),
        help_text=_(
            "Un par ligne. Les personnes de ces domaines choisissent entre leur FI et ProConnect Identité. "
            "Qui n’a pas de FI va toujours à ProConnect Identité."
        ),
    )


def told_of_conflict(domain: str, other: str) -> str:
    return gettext(
        "Le domaine « %(domain)s » mène déjà à « %(other)s ». Retirez-le de l’un des deux, ou dites-le partagé "
        "dans les deux fiches."
    ) % {"domain": domain, "other": other}
