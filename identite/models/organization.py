"""Organisations, who belongs to them and on what ground, and the e-mail domains that are theirs."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from identite.membership.grounds import Ground


class Organization(models.Model):
    """One establishment, with what the registers last said of it."""

    siret = models.CharField(_("SIRET"), max_length=14, primary_key=True)
    facts = models.JSONField(_("faits connus"), default=dict)  # as written by organizations.directory
    fetched_at = models.DateTimeField(_("lus le"))

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return str(self.facts.get("label") or self.siret)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)


class Membership(models.Model):
    """A person's link with an organisation. Ended, it is kept for history and releases nothing."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    ground = models.CharField(
        _("motif"), max_length=24, choices=[(ground.value, ground.label) for ground in Ground]
    )
    is_external = models.BooleanField(_("externe"), default=False)
    created_at = models.DateTimeField(_("depuis le"), auto_now_add=True)
    ended_at = models.DateTimeField(_("jusqu’au"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("rattachement")
        verbose_name_plural = _("rattachements")
        constraints = [
            models.UniqueConstraint(
                name="one_current_membership",
                fields=["user", "organization"],
                condition=models.Q(ended_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} – {self.organization_id}"


class EmailDomain(models.Model):
    """What was decided of an e-mail domain for one organisation."""

    class Status(models.TextChoices):
        VERIFIED = "verified", _("vérifié")
        EXTERNAL = "external", _("externe")
        REFUSED = "refused", _("refusé")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="email_domains")
    name = models.CharField(_("domaine"), max_length=253)
    status = models.CharField(_("décision"), max_length=12, choices=Status)
    decided_at = models.DateTimeField(_("décidé le"), auto_now_add=True)

    class Meta:
        verbose_name = _("domaine d’une organisation")
        verbose_name_plural = _("domaines des organisations")
        constraints = [
            models.UniqueConstraint(name="one_decision_per_domain", fields=["organization", "name"])
        ]

    def __str__(self) -> str:
        return self.name


class ModerationQuerySet(models.QuerySet["Moderation"]):
    def pending(self) -> Self:
        return self.filter(status=Moderation.Status.PENDING)


class Moderation(models.Model):
    """A request to join that no fact could decide."""

    class Status(models.TextChoices):
        PENDING = "pending", _("en attente")
        ACCEPTED = "accepted", _("acceptée")
        REJECTED = "rejected", _("refusée")
        CANCELLED = "cancelled", _("retirée")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="moderations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="moderations")
    reason = models.CharField(_("motif"), max_length=32)
    status = models.CharField(_("état"), max_length=12, choices=Status, default=Status.PENDING)
    client_name = models.CharField(_("service demandé"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("demandée le"), auto_now_add=True)
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True)

    objects = ModerationQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande de rattachement")
        verbose_name_plural = _("demandes de rattachement")
        constraints = [
            models.UniqueConstraint(
                name="one_pending_request",
                fields=["user", "organization"],
                condition=models.Q(status="pending"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} – {self.organization_id} ({self.status})"
