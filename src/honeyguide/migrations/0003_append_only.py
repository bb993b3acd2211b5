"""History cannot be rewritten, not even by the owner: a trigger refuses it. ACCESS EXCLUSIVE for the moment of creating a trigger."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

APPEND_ONLY = ("program_version", "tier_change", "transaction", "transfer", "lot_move", "erasure", "consent")

FUNCTION = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'HG001';
END $$;
"""

TRIGGERS = "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION append_only();\n"
    for table in APPEND_ONLY
)


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0002_keys_checks_indexes")]

    operations = [RunSQL(FUNCTION), RunSQL(TRIGGERS)]
