"""FS and FD: who asks us to authenticate someone, and who checks the tokens we gave."""

from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Kind(models.TextChoices):
    FS = "fs", _("Fournisseur de service (FS)")
    FD = "fd", _("Fournisseur de données (FD)")


class SigningAlgorithm(models.TextChoices):
    ES256 = "ES256", _("ES256 (conseillé)")
    RS256 = "RS256", _("RS256")
    HS256 = "HS256", _("HS256 (déconseillé)")


class TokenAuthMethod(models.TextChoices):
    PRIVATE_KEY_JWT = "private_key_jwt", _("private_key_jwt (conseillé)")
    CLIENT_SECRET_BASIC = "client_secret_basic", _("client_secret_basic")
    CLIENT_SECRET_POST = "client_secret_post", _("client_secret_post")


class EncryptionAlgorithm(models.TextChoices):
    """How the content key reaches the FS (RFC 7518 4)."""

    RSA_OAEP_256 = "RSA-OAEP-256", _("RSA-OAEP-256")
    ECDH_ES = "ECDH-ES", _("ECDH-ES")


class ContentEncryption(models.TextChoices):
    A256GCM = "A256GCM", _("A256GCM")


class ClaimsProfile(models.TextChoices):
    """Under which names a FS reads the person."""

    PROCONNECT = "proconnect", _("ProConnect")
    GENERIC_OIDC = "generic_oidc", _("OpenID Connect générique (name, family_name, email_verified…)")
    IDENTITE = "identite", _("Ancien ProConnect Identité (label, is_public_service…)")


class MinimumAcr(models.TextChoices):
    """Under which nobody enters a FS, whatever it asks itself."""

    EIDAS1 = "eidas1", _("eidas1")
    EIDAS0_MFA = "eidas0-mfa", _("eidas0-mfa")
    EIDAS1_MFA = "eidas1-mfa", _("eidas1-mfa")
    EIDAS2 = "eidas2", _("eidas2")
    EIDAS3 = "eidas3", _("eidas3")


class Environment(models.TextChoices):
    INTEGRATION = "integration", _("Intégration")
    PRODUCTION = "production", _("Production")


class ClientQuerySet(models.QuerySet["Client"]):
    def fs(self) -> Self:
        return self.filter(kind=Kind.FS)

    def open(self) -> Self:
        return self.filter(is_active=True)


def _texts(label: "StrOrPromise", help_text: "StrOrPromise" = "") -> "ArrayField[list[str], list[str]]":
    return ArrayField(
        models.CharField(max_length=255), default=list, blank=True, verbose_name=label, help_text=help_text
    )


class Client(AbstractApplication):
    """A FS, or a FD once it is registered as one.

    ``redirect_uris`` and ``post_logout_redirect_uris`` are django-oauth-toolkit's: separated by spaces, compared exactly.
    ``client_secret`` holds the keyed hash of the current secret; the previous one stays good until it expires, so that
    a FS changes its secret without interruption.
    """

    client_id = models.CharField(
        _("identifiant (client_id)"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[\x21-\x7e]{1,64}$", _("1 à 64 caractères ASCII, sans espace."))],
    )
    name = models.CharField(_("nom"), max_length=120, help_text=_("Montré aux personnes qui se connectent."))
    kind = models.CharField(_("nature"), max_length=2, choices=Kind, default=Kind.FS)
    description = models.TextField(_("description"), blank=True)
    site_url = models.URLField(_("adresse du service"), blank=True)
    support_email = models.EmailField(_("contact d’assistance"), blank=True)
    environment = models.CharField(
        _("environnement"), max_length=12, choices=Environment, default=Environment.INTEGRATION
    )
    listed_publicly = models.BooleanField(_("dans la liste publique des services"), default=False)
    is_active = models.BooleanField(_("en service"), default=True)

    scopes = _texts(_("scopes autorisés"))
    accepts_private_sector = models.BooleanField(
        _("ouvert au secteur privé"),
        default=False,
        help_text=_("Sinon, seuls les agents publics peuvent entrer."),
    )
    allowed_email_domains = _texts(_("domaines d’e-mail admis"), _("Aucun : tous."))
    minimum_acr = models.CharField(
        _("niveau minimal"),
        max_length=12,
        choices=MinimumAcr,
        blank=True,
        default="",
        db_default="",
        help_text=_("Demandé pour toute connexion, même quand le service ne demande aucun niveau."),
    )
    allowed_providers = ArrayField(
        models.UUIDField(), default=list, blank=True, verbose_name=_("FI admis"), help_text=_("Aucun : tous.")
    )

    token_endpoint_auth_method = models.CharField(
        _("authentification du client"),
        max_length=24,
        choices=TokenAuthMethod,
        default=TokenAuthMethod.CLIENT_SECRET_BASIC,
    )
    previous_secret = models.CharField(max_length=255, blank=True, editable=False)
    previous_secret_expires_at = models.DateTimeField(null=True, editable=False)
    sealed_secret = models.TextField(
        blank=True,
        editable=False,
        help_text="The secret itself, encrypted: kept for HS256 alone, whose key it is.",
    )
    jwks = models.JSONField(_("clés publiques (JWKS)"), null=True, blank=True)
    jwks_uri = models.URLField(_("adresse des clés publiques"), null=True, blank=True)
    id_token_signed_response_alg = models.CharField(
        _("signature de l’ID token"), max_length=5, choices=SigningAlgorithm, default=SigningAlgorithm.ES256
    )
    userinfo_signed_response_alg = models.CharField(
        _("signature de userinfo"),
        max_length=5,
        choices=SigningAlgorithm,
        null=True,
        blank=True,
        help_text=_("Aucune : réponse en JSON."),
    )
    userinfo_encrypted_response_alg = models.CharField(
        _("chiffrement de userinfo"),
        max_length=12,
        choices=EncryptionAlgorithm,
        null=True,
        blank=True,
        help_text=_("Avec la clé publique de chiffrement du service. Aucun : réponse en clair sous TLS."),
    )
    userinfo_encrypted_response_enc = models.CharField(
        _("chiffrement du contenu"), max_length=7, choices=ContentEncryption, null=True, blank=True
    )
    claims_profile = models.CharField(
        _("noms des données"),
        max_length=12,
        choices=ClaimsProfile,
        default=ClaimsProfile.PROCONNECT,
        db_default=ClaimsProfile.PROCONNECT,
        help_text=_("Pour un logiciel qui n’attend pas les noms de ProConnect."),
    )
    introspection_signed_response_alg = models.CharField(
        _("signature de l’introspection"), max_length=5, choices=SigningAlgorithm, null=True, blank=True
    )
    is_exempt_from_consent = models.BooleanField(
        _("dispensé du consentement"),
        default=False,
        db_default=False,
        help_text=_("Fournisseur de données qu’un texte autorise à recevoir ces données sans les demander."),
    )
    require_pkce = models.BooleanField(_("PKCE exigé"), default=True)
    backchannel_logout_uri = models.URLField(_("déconnexion par canal arrière"), null=True, blank=True)

    code_lifetime = models.DurationField(_("durée du code"), null=True, blank=True)
    access_token_lifetime = models.DurationField(_("durée du jeton d’accès"), null=True, blank=True)
    refresh_token_lifetime = models.DurationField(
        _("durée du jeton de rafraîchissement"), null=True, blank=True
    )

    objects = ClientQuerySet.as_manager()

    class Meta(AbstractApplication.Meta):
        abstract = False
        verbose_name = _("fournisseur de service ou de données")
        verbose_name_plural = _("fournisseurs de service et de données")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="scopes_of_a_fs_hold_openid",
                condition=~models.Q(kind=Kind.FS) | models.Q(scopes__contains=["openid"]),
            ),
            models.CheckConstraint(
                name="a_fd_is_exempt_from_consent",
                condition=~models.Q(kind=Kind.FD) | models.Q(is_exempt_from_consent=True),
            ),
            models.CheckConstraint(
                name="userinfo_is_encrypted_by_both_or_none",
                condition=models.Q(
                    userinfo_encrypted_response_alg__isnull=True, userinfo_encrypted_response_enc__isnull=True
                )
                | models.Q(
                    userinfo_encrypted_response_alg__isnull=False,
                    userinfo_encrypted_response_enc__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="previous_secret_has_an_end",
                condition=models.Q(previous_secret="") | models.Q(previous_secret_expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def redirect_uri_list(self) -> list[str]:
        return str(self.redirect_uris).split()

    @property
    def post_logout_redirect_uri_list(self) -> list[str]:
        return str(self.post_logout_redirect_uris).split()
