"""The history, partitioned by month: housekeeping makes the coming ones, ``manage.py connections partitions`` too."""

import uuid
from datetime import UTC, datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from proconnect.platform import partitions

TABLE = """
    CREATE TABLE federation_connection (
        id uuid NOT NULL,
        at timestamp with time zone NOT NULL,
        account_id uuid NOT NULL,
        client_id bigint NOT NULL,
        provider_id uuid NOT NULL,
        siret varchar(14) NOT NULL,
        acr varchar(80) NOT NULL,
        is_silent boolean NOT NULL,
        sid uuid NOT NULL,
        journey_id uuid NOT NULL,
        PRIMARY KEY (id, at)
    ) PARTITION BY RANGE (at);
    CREATE TABLE federation_connection_default PARTITION OF federation_connection DEFAULT;
    CREATE INDEX connection_of_an_account ON federation_connection (account_id, at DESC);
    CREATE INDEX connection_to_a_client ON federation_connection (client_id, at DESC);
    CREATE INDEX connection_by_time ON federation_connection USING brin (at);
"""


def prepare_first_months(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Before any line comes: one waiting in the default partition would stand in the way of its month's."""
    partitions.prepare_months("federation_connection", datetime.now(UTC).date())


class Migration(migrations.Migration):
    dependencies = [
        ("federation", "0001_initial"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE federation_connection")],
            state_operations=[
                migrations.CreateModel(
                    name="Connection",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="le")),
                        ("siret", models.CharField(blank=True, max_length=14)),
                        ("acr", models.CharField(max_length=80)),
                        ("is_silent", models.BooleanField(verbose_name="par SSO")),
                        ("sid", models.UUIDField()),
                        ("journey_id", models.UUIDField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="connections",
                                to="federation.account",
                            ),
                        ),
                        (
                            "client",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                            ),
                        ),
                        (
                            "provider",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="federation.provider",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "connexion",
                        "verbose_name_plural": "connexions",
                        "indexes": [
                            models.Index(fields=["account", "-at"], name="connection_of_an_account"),
                            models.Index(fields=["client", "-at"], name="connection_to_a_client"),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunPython(prepare_first_months, migrations.RunPython.noop),
    ]
