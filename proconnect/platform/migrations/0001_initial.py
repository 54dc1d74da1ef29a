import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

AUDIT_TABLE = """
    CREATE TABLE platform_auditentry (
        id uuid NOT NULL,
        at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
        actor varchar(254) NOT NULL,
        action varchar(60) NOT NULL,
        target varchar(254) NOT NULL,
        before jsonb NOT NULL,
        after jsonb NOT NULL,
        reason text NOT NULL,
        ip inet NULL,
        trace_id varchar(36) NOT NULL,
        PRIMARY KEY (id, at)
    ) PARTITION BY RANGE (at);
    CREATE TABLE platform_auditentry_default PARTITION OF platform_auditentry DEFAULT;
    CREATE INDEX audit_by_time ON platform_auditentry (at DESC);
    CREATE INDEX audit_by_target ON platform_auditentry (target, at DESC);
"""

APPEND_ONLY = """
    CREATE FUNCTION platform_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON platform_auditentry
        FOR EACH ROW EXECUTE FUNCTION platform_refuse_change();
"""

# What Django's createcachetable would make, for deployments whose cache is PostgreSQL.
CACHE_TABLE = """
    CREATE TABLE platform_cache (
        cache_key varchar(255) PRIMARY KEY,
        value text NOT NULL,
        expires timestamp with time zone NOT NULL
    );
    CREATE INDEX platform_cache_expires ON platform_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="FailureCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("failures", models.PositiveIntegerField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="OneTimeThing",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("sealed", models.TextField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="RateWindow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "name", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=64)),
                (
                    "hits",
                    django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None),
                ),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("task", models.CharField(max_length=60)),
                ("payload", models.TextField()),
                ("key", models.CharField(max_length=200, null=True, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("not_before", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("not_after", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=200)),
                ("done_at", models.DateTimeField(null=True)),
                ("dead_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "envoi",
                "verbose_name_plural": "envois abandonnés",
                "indexes": [
                    models.Index(
                        models.F("not_before"),
                        condition=models.Q(("dead_at__isnull", True), ("done_at__isnull", True)),
                        name="outbox_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at__isnull", True), ("dead_at__isnull", True), _connector="OR"
                        ),
                        name="outbox_message_is_done_or_dead_not_both",
                    )
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(AUDIT_TABLE, "DROP TABLE platform_auditentry")],
            state_operations=[
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("actor", models.CharField(max_length=254)),
                        ("action", models.CharField(max_length=60)),
                        ("target", models.CharField(max_length=254)),
                        ("before", models.JSONField(default=dict)),
                        ("after", models.JSONField(default=dict)),
                        ("reason", models.TextField(blank=True)),
                        ("ip", models.GenericIPAddressField(null=True)),
                        ("trace_id", models.CharField(blank=True, max_length=36)),
                    ],
                    options={
                        "verbose_name": "ligne d’audit",
                        "verbose_name_plural": "journal d’audit",
                        "ordering": ["-at"],
                    },
                ),
            ],
        ),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION platform_refuse_change CASCADE"),
        migrations.RunSQL(CACHE_TABLE, "DROP TABLE platform_cache"),
    ]
