"""The history, partitioned by month. The database makes its own partitions: ``manage.py connections partitions``."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

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

# True when the partition of this month (its first day) had to be made. Lines that came before it, and waited in the
# default partition, move in.
ADD_MONTH = """
    CREATE FUNCTION federation_add_connection_month(month date) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
        name text := 'federation_connection_' || to_char(month, 'YYYY_MM');
        starts timestamptz := month::timestamp AT TIME ZONE 'UTC';
        ends timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
    BEGIN
        IF to_regclass(name) IS NOT NULL THEN
            RETURN false;
        END IF;
        LOCK TABLE federation_connection_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE %I (LIKE federation_connection)', name);
        EXECUTE format('WITH early AS (
            DELETE FROM federation_connection_default WHERE at >= %L AND at < %L RETURNING *
        ) INSERT INTO %I SELECT * FROM early', starts, ends, name);
        EXECUTE format('ALTER TABLE federation_connection ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            name, starts, ends);
        RETURN true;
    END $$;
"""

FIRST_MONTHS = """
    SELECT federation_add_connection_month((date_trunc('month', now() AT TIME ZONE 'UTC')
        + ahead * interval '1 month')::date)
    FROM generate_series(0, 2) AS ahead
"""


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
        migrations.RunSQL(ADD_MONTH, "DROP FUNCTION federation_add_connection_month"),
        migrations.RunSQL(FIRST_MONTHS, migrations.RunSQL.noop),
    ]
