"""Identité, the FI of those who have none, where the deployment has one (never on RIE)."""

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from proconnect.settings.env import Network


def add_local_provider(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if settings.ENV.default_provider is None or settings.ENV.network is Network.RIE:
        return
    apps.get_model("federation", "Provider").objects.get_or_create(
        uid=settings.ENV.default_provider,
        defaults={
            "name": "identite",
            "title": "ProConnect Identité",
            "discovery": False,
            "block_unlisted_domains": False,  # it proves each address by a code, whatever the domain
            "is_mfa_capable": True,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("federation", "0003_version_moved_by_triggers")]

    operations = [migrations.RunPython(add_local_provider, migrations.RunPython.noop)]
