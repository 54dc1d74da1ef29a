"""Tables every app needs. The process modules beside this one are how they are used."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class OneTimeThing(models.Model):
    """Written and read by ``one_time`` alone, in SQL."""

    pk = models.CompositePrimaryKey("kind", "key")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    sealed = models.TextField()
    expires_at = models.DateTimeField(db_index=True)


class FailureCount(models.Model):
    """How many times a one-time thing was tried in vain. Written by ``one_time`` alone, in SQL."""

    pk = models.CompositePrimaryKey("kind", "key")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    failures = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)


class RateWindow(models.Model):
    """The recent hits of one key under one limit. Written by ``limiter`` alone, in SQL."""

    pk = models.CompositePrimaryKey("name", "key")
    name = models.CharField(max_length=40)
    key = models.CharField(max_length=64)  # SHA-256: no address kept in clear
    hits = ArrayField(models.DateTimeField())
    expires_at = models.DateTimeField(db_index=True)


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def waiting(self) -> "OutboxQuerySet":
        return self.filter(done_at=None, dead_at=None)

    def due(self) -> "OutboxQuerySet":
        return self.waiting().filter(Q(not_after=None) | Q(not_after__gt=Now()), not_before__lte=Now())

    def out_of_date(self) -> "OutboxQuerySet":
        return self.waiting().filter(not_after__lte=Now())


class OutboxMessage(models.Model):
    """Something to do once the transaction that asked for it has committed."""

    task = models.CharField(max_length=60)
    payload = models.TextField()  # sealed JSON; emptied once done or dead
    key = models.CharField(max_length=200, null=True, unique=True)  # natural key: asked twice, done once
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    not_after = models.DateTimeField(null=True)  # useless later (an expired code): never done
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "envoi"
        verbose_name_plural = "envois abandonnés"
        indexes = [
            models.Index(
                F("not_before"),
                name="outbox_waiting",
                condition=Q(done_at__isnull=True, dead_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="outbox_message_is_done_or_dead_not_both",
                condition=Q(done_at__isnull=True) | Q(dead_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.pk}"


class AuditEntry(models.Model):
    """What someone changed, and why. Append-only: the database refuses to change or delete a line.

    The table is partitioned by month (its key there is ``(id, at)``): old months are dropped whole.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=254)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    ip = models.GenericIPAddressField(null=True)
    trace_id = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = "ligne d’audit"
        verbose_name_plural = "journal d’audit"

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target}"
