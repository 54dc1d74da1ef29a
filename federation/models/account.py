"""A person as the federation knows them, from any FI. Has no password: see Identité's User for that."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """Its key *is* the ``sub``: public, opaque, the same for every FS, stable across FIs of a proved domain."""

    sub = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    last_connection_at = models.DateTimeField(_("dernière connexion"), null=True)
    previous_subs = ArrayField(
        models.CharField(max_length=255),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("anciens identifiants"),
        help_text=_("Sous lesquels des services ont connu cette personne avant une fusion ou une reprise."),
    )
    blocked_at = models.DateTimeField(_("bloqué le"), null=True, blank=True)

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")

    def __str__(self) -> str:
        return str(self.sub)

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None


class AccountLink(models.Model):
    """One identity of an account: the pair (FI, FI's sub) is the key, the e-mail is only what it said last."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="links")
    provider = models.ForeignKey("federation.Provider", on_delete=models.PROTECT, related_name="+")
    provider_sub = models.CharField(max_length=256)
    email = models.CharField(max_length=254)
    holder = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False
    )  # keyed hash of the names last asserted: tells when a FI gives one person's sub to another
    disputed_at = models.DateTimeField(
        _("contestée le"),
        null=True,
        blank=True,
        help_text=_("Le FI a donné cet identifiant à quelqu’un d’autre, semble-t-il."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("identité d’un compte")
        verbose_name_plural = _("identités des comptes")
        constraints = [
            models.UniqueConstraint(name="one_account_per_provider_sub", fields=["provider", "provider_sub"])
        ]
        indexes = [models.Index(fields=["email"])]

    def __str__(self) -> str:
        return f"{self.provider_id}:{self.provider_sub}"
