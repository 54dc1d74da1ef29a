"""The keys we sign with, in their three ages, and those FI encrypt to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SealedKey(models.Model):
    """A pair of ours, its private part sealed for this row alone."""

    kid = models.CharField(primary_key=True, max_length=64)
    public_jwk = models.JSONField()
    sealed_private_jwk = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.kid


class SigningKey(SealedKey):
    """Published from *next* to *retired*; signs only while *active*. The private part is sealed, context "signing-key:<kid>"."""

    class State(models.TextChoices):
        NEXT = "next", _("prochaine")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retirée")

    algorithm = models.CharField(max_length=5)  # ES256 or RS256
    state = models.CharField(max_length=8, choices=State)
    activated_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("clé de signature")
        verbose_name_plural = _("clés de signature")
        constraints = [
            models.UniqueConstraint(
                name="one_active_key_per_algorithm", fields=["algorithm"], condition=models.Q(state="active")
            )
        ]

    @property
    def secret_context(self) -> str:
        """Ties the sealed private part to this row."""
        return f"signing-key:{self.kid}"


class DecryptionKey(SealedKey):
    """What FI encrypt their answers to. Published while *active*; opens until deleted. Sealed as "decryption-key:<kid>"."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retirée")

    algorithm = models.CharField(max_length=12)  # RSA-OAEP-256 or ECDH-ES
    state = models.CharField(max_length=8, choices=State)

    class Meta:
        verbose_name = _("clé de déchiffrement")
        verbose_name_plural = _("clés de déchiffrement")
        constraints = [
            models.UniqueConstraint(
                name="one_active_decryption_key", fields=["algorithm"], condition=models.Q(state="active")
            )
        ]

    @property
    def secret_context(self) -> str:
        """Ties the sealed private part to this row."""
        return f"decryption-key:{self.kid}"
