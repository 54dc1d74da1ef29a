"""The history: one line per login or silent SSO. Holds no identity claim."""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _


class Connection(models.Model):
    """Range-partitioned by month on ``at`` (the database's key is (id, at)): retention is a partition dropped."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(_("le"))
    account = models.ForeignKey(
        "federation.Account",
        on_delete=models.CASCADE,
        related_name="connections",
        db_constraint=False,
        db_index=False,
    )
    client = models.ForeignKey(
        "federation.Client",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    provider = models.ForeignKey(
        "federation.Provider",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    siret = models.CharField(max_length=14, blank=True)
    acr = models.CharField(max_length=80)
    is_silent = models.BooleanField(_("par SSO"))
    sid = models.UUIDField()
    journey_id = models.UUIDField()

    class Meta:
        verbose_name = _("connexion")
        verbose_name_plural = _("connexions")
        indexes = [
            models.Index(fields=["account", "-at"], name="connection_of_an_account"),
            models.Index(fields=["client", "-at"], name="connection_to_a_client"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
