"""FI: who authenticates people on our behalf, and for which e-mail domains."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from federation.models.client import ContentEncryption, EncryptionAlgorithm, SigningAlgorithm, TokenAuthMethod
from proconnect.kernel.email_address import EmailAddress


class Network(models.TextChoices):
    INTERNET = "internet", _("Internet")
    RIE = "rie", _("RIE")
    HYBRID = "hybrid", _("RIE, joint depuis Internet par le relais")


def asymmetric_algorithms() -> list[str]:
    return [SigningAlgorithm.ES256, SigningAlgorithm.RS256]


class ProviderQuerySet(models.QuerySet["Provider"]):
    def open(self) -> Self:
        """Active and reachable from this deployment's network."""
        here = [Network.HYBRID, settings.ENV.network]
        return self.filter(is_active=True, network__in=here)

    def serving(self, email: EmailAddress) -> Self:
        return self.open().filter(is_routed=True, domains__name=email.domain, domains__is_routed=True)


class Provider(models.Model):
    """A FI: a ministry's, an operator's, or Identité (the only one whose ``issuer`` is empty: it is reached in process)."""

    uid = models.UUIDField(
        _("identifiant (idp_id)"),
        primary_key=True,
        default=uuid4,
        editable=False,
        help_text=_("Valeur de idp_id et de idp_hint."),
    )
    name = models.CharField(_("nom technique"), max_length=120, unique=True)
    title = models.CharField(
        _("titre"), max_length=120, help_text=_("Montré quand plusieurs FI servent un même domaine.")
    )
    is_active = models.BooleanField(_("en service"), default=True)
    is_routed = models.BooleanField(
        _("proposé"),
        default=True,
        help_text=_("Sinon, seuls ses recetteurs le joignent, en ajoutant +proconnect à leur adresse."),
    )
    network = models.CharField(_("réseau"), max_length=8, choices=Network, default=Network.INTERNET)

    issuer = models.CharField(_("émetteur (issuer)"), max_length=255, blank=True)
    discovery = models.BooleanField(_("découverte automatique"), default=True)
    authorization_endpoint = models.URLField(max_length=255, null=True, blank=True)
    token_endpoint = models.URLField(max_length=255, null=True, blank=True)
    userinfo_endpoint = models.URLField(max_length=255, null=True, blank=True)
    jwks_uri = models.URLField(max_length=255, null=True, blank=True)
    end_session_endpoint = models.URLField(max_length=255, null=True, blank=True)

    client_id = models.CharField(_("notre client_id chez ce FI"), max_length=255, blank=True)
    sealed_secret = models.TextField(
        blank=True, editable=False
    )  # AES-256-GCM, context "provider-secret:<uid>"
    token_endpoint_auth_method = models.CharField(
        _("notre authentification chez ce FI"),
        max_length=24,
        choices=TokenAuthMethod,
        default=TokenAuthMethod.CLIENT_SECRET_POST,
    )
    id_token_signed_response_algs = ArrayField(
        models.CharField(max_length=5, choices=SigningAlgorithm),
        default=asymmetric_algorithms,
        verbose_name=_("signatures admises"),
    )
    id_token_encrypted_response_alg = models.CharField(
        _("chiffrement de l’ID token"), max_length=12, choices=EncryptionAlgorithm, null=True, blank=True
    )
    id_token_encrypted_response_enc = models.CharField(
        _("méthode de chiffrement de l’ID token"),
        max_length=7,
        choices=ContentEncryption,
        null=True,
        blank=True,
    )
    userinfo_signed_response_alg = models.CharField(
        _("signature de userinfo"), max_length=5, choices=SigningAlgorithm, null=True, blank=True
    )
    userinfo_encrypted_response_alg = models.CharField(
        _("chiffrement de userinfo"), max_length=16, null=True, blank=True
    )
    userinfo_encrypted_response_enc = models.CharField(
        _("méthode de chiffrement"), max_length=16, null=True, blank=True
    )

    block_unlisted_domains = models.BooleanField(
        _("refuser les domaines non déclarés"),
        default=True,
        help_text=_("Vaut pour l’e-mail que le FI renvoie."),
    )
    is_mfa_capable = models.BooleanField(_("sait faire une double authentification"), default=False)
    mfa_note = models.TextField(
        _("double authentification : ce qui a été constaté"), blank=True, default="", db_default=""
    )
    status_url = models.URLField(_("page d’état"), max_length=255, null=True, blank=True)
    quirks = ArrayField(
        models.CharField(max_length=32), default=list, blank=True, verbose_name=_("écarts connus à la norme")
    )
    default_siret = models.CharField(_("SIRET par défaut"), max_length=14, null=True, blank=True)
    support_email = models.EmailField(_("contact d’assistance"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("fournisseur d’identité")
        verbose_name_plural = _("fournisseurs d’identité")
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                name="one_provider_per_issuer_and_client",
                fields=["issuer", "client_id"],
                condition=~models.Q(issuer=""),
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def secret_context(self) -> str:
        """Ties the sealed secret to this row: copied to another one it no longer opens."""
        return f"provider-secret:{self.uid}"


class ProviderDomain(models.Model):
    """An e-mail domain a FI speaks for. ``name`` is a lower-cased A-label, compared exactly: no sub-domain follows."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(_("domaine"), max_length=253)
    is_routed = models.BooleanField(
        _("routé"),
        default=True,
        help_text=_("Sinon, accepté en retour sans que ses adresses soient envoyées à ce FI."),
    )
    is_shared = models.BooleanField(
        _("partagé"),
        default=False,
        db_default=False,
        help_text=_("D’autres FI peuvent le déclarer aussi, s’ils le disent partagé eux-mêmes."),
    )
    proved_at = models.DateTimeField(
        _("prouvé le"), null=True, blank=True
    )  # DNS TXT; opens reconciliation with Identité
    checked_at = models.DateTimeField(_("vérifié le"), null=True, blank=True, editable=False)
    proof_missing_since = models.DateTimeField(
        _("preuve absente depuis"), null=True, blank=True, editable=False
    )  # a proof that disappears is given time before it lapses

    class Meta:
        verbose_name = _("domaine d’e-mail")
        verbose_name_plural = _("domaines d’e-mail")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="a_domain_once_per_provider", fields=["provider", "name"]),
            models.CheckConstraint(
                name="domain_is_lower_case_ascii", condition=models.Q(name__regex=r"^[a-z0-9.-]+$")
            ),
        ]
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name


class AcceptanceTester(models.Model):
    """Who may reach a FI that is not offered yet, by adding ``+proconnect`` to the address, until a given day."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="testers")
    email = models.EmailField(_("adresse"), help_text=_("Sans le suffixe +proconnect."))
    ends_at = models.DateTimeField(_("jusqu’au"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("recetteur")
        verbose_name_plural = _("recetteurs")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(name="a_tester_once_per_provider", fields=["provider", "email"])
        ]

    def __str__(self) -> str:
        return self.email


class PlannedOutage(models.Model):
    """A FI that will not answer, told on the e-mail page to the people of its domains."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="outages")
    message = models.CharField(_("message"), max_length=300, help_text=_("Une phrase, montrée aux agents."))
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))

    class Meta:
        verbose_name = _("interruption prévue")
        verbose_name_plural = _("interruptions prévues")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="an_outage_ends_after_it_starts", condition=models.Q(ends_at__gt=models.F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        return self.message


class ProviderCheck(models.Model):
    """What the self-test of a FI found, dated."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="checks")
    at = models.DateTimeField(_("fait le"))
    passed = models.BooleanField(_("sans défaut"))
    findings = models.JSONField(_("constats"))  # list of {"check", "outcome": ok|warning|failure, "detail"}
    asked_by = models.CharField(_("demandé par"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("contrôle d’un FI")
        verbose_name_plural = _("contrôles des FI")
        ordering = ["-at"]
        indexes = [models.Index(fields=["provider", "-at"])]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.at:%Y-%m-%d %H:%M}"


class ProviderDefect(models.Model):
    """How often, day by day, what a FI sends had to be mended: its quality report."""

    class Defect(models.TextChoices):
        MISSING = "missing", _("absent")
        REFUSED = "refused", _("refusé")
        DROPPED = "dropped", _("écarté")
        DEFAULTED = "defaulted", _("remplacé par la valeur du FI")
        # No defect: how many identities (claim empty), or times an unknown claim.
        RECEIVED = "received", _("reçu")

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="defects")
    day = models.DateField(_("jour"))
    claim = models.CharField(_("donnée"), max_length=64)
    defect = models.CharField(_("défaut"), max_length=9, choices=Defect)
    count = models.PositiveIntegerField(_("fois"), default=0)

    class Meta:
        verbose_name = _("défaut d’un FI")
        verbose_name_plural = _("défauts des FI")
        constraints = [
            models.UniqueConstraint(
                name="a_defect_counted_once_per_day", fields=["provider", "day", "claim", "defect"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.defect}: {self.count}"


class ProviderMinute(models.Model):
    """How the returns from a FI went, minute by minute: its state, and what raises the alarm."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="minutes")
    minute = models.DateTimeField(_("minute"))
    succeeded = models.PositiveIntegerField(_("réussies"), default=0)
    refused = models.PositiveIntegerField(_("refusées"), default=0)
    unreachable = models.PositiveIntegerField(_("sans réponse"), default=0)

    class Meta:
        verbose_name = _("minute d’un FI")
        verbose_name_plural = _("minutes des FI")
        constraints = [
            models.UniqueConstraint(name="a_minute_once_per_provider", fields=["provider", "minute"])
        ]

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} {self.succeeded}/{self.refused}/{self.unreachable}"
