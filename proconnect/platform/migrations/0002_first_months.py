"""Before any line comes: one waiting in the default partition would stand in the way of its month's."""

from datetime import UTC, datetime

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from proconnect.platform import partitions


def prepare_first_months(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    partitions.prepare_months("platform_auditentry", datetime.now(UTC).date())


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]

    operations = [migrations.RunPython(prepare_first_months, migrations.RunPython.noop)]
