"""Whoever writes a FS, a FI, a domain or a key, and by whatever means, moves the version number."""

from django.db import migrations

TABLES = ("federation_client", "federation_provider", "federation_providerdomain", "federation_signingkey")

# Counts from the clock: a table emptied and filled again never shows an old number.
FUNCTION = """
    CREATE FUNCTION federation_move_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO federation_configurationversion AS held (id, number)
        VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
        ON CONFLICT (id) DO UPDATE SET number = held.number + 1;
        RETURN NULL;
    END $$;
"""

TRIGGER = """
    CREATE TRIGGER move_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION federation_move_version();
"""

FIRST_NUMBER = """
    INSERT INTO federation_configurationversion (id, number)
    VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
"""


class Migration(migrations.Migration):
    dependencies = [("federation", "0002_connection_by_month")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION federation_move_version CASCADE"),
        *[migrations.RunSQL(TRIGGER.format(table=table), migrations.RunSQL.noop) for table in TABLES],
        migrations.RunSQL(FIRST_NUMBER, "DELETE FROM federation_configurationversion"),
    ]
