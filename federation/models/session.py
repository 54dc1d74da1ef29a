"""The SSO sessions, as the server knows them: what lets one be ended from elsewhere than its own browser."""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _


class SsoSession(models.Model):
    """One sign-in at one FI in one browser. Holds no identity claim: those live in the browser's session alone."""

    class Ending(models.TextChoices):
        SIGNED_OUT = "signed_out", _("déconnexion")
        REPLACED = "replaced", _("nouvelle connexion dans le même navigateur")
        ACCOUNT_BLOCKED = "account_blocked", _("compte bloqué")
        PROVIDER_ENDED = "provider_ended", _("déconnexion au fournisseur d’identité")
        PROVIDER_CLOSED = "provider_closed", _("fournisseur d’identité fermé")
        TEAM = "team", _("fermée par l’équipe")
        EXPIRED = "expired", _("fin des douze heures")

    sid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey("federation.Account", on_delete=models.CASCADE, related_name="sessions")
    provider = models.ForeignKey("federation.Provider", on_delete=models.CASCADE, related_name="+")
    provider_sid = models.CharField(max_length=255, blank=True, default="", db_default="")  # the FI's own
    opened_at = models.DateTimeField(_("ouverte le"))
    ends_at = models.DateTimeField(_("finit au plus tard le"))
    ended_at = models.DateTimeField(_("finie le"), null=True, blank=True)
    ending = models.CharField(_("cause de la fin"), max_length=16, choices=Ending, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.CheckConstraint(
                name="an_ended_session_has_a_cause",
                condition=models.Q(ended_at__isnull=True, ending="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ending="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"], name="sessions_still_open", condition=models.Q(ended_at__isnull=True)
            ),
            models.Index(
                fields=["provider", "provider_sid"],
                name="sessions_by_provider_sid",
                condition=models.Q(ended_at__isnull=True) & ~models.Q(provider_sid=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.sid)
