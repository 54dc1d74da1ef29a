"""A number that moves whenever a FS, a FI, a domain or a key changes: how every process knows its copies are old."""

from django.db import models


class ConfigurationVersion(models.Model):
    """A single row, moved by triggers of the database, so that no way of writing can forget it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="a_single_version_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return str(self.number)
