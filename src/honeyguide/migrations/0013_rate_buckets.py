"""What callers may still cost, over all server processes. Locks nothing that exists."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# Unlogged: after a crash of the database every bucket is full, and nothing of these rows is in a backup.
# Rows are written again and again, and no index but the key's holds what changes: half of a page is left to them.
TABLES = """
ALTER TABLE rate_bucket SET UNLOGGED;
ALTER TABLE rate_bucket SET (fillfactor = 50),
  ADD CONSTRAINT rate_bucket_key_hashed CHECK (length(key) = 16),
  ADD CONSTRAINT rate_bucket_granted_counts CHECK (granted >= 0);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_bucket TO honeyguide_app;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0012_approvals")]

    operations = [
        ops.CreateModel(
            name="RateBucketTable",
            fields=[
                ("key", fields.BinaryField(primary_key=True, description="a hash of who calls; it names nobody")),
                (
                    "full_at",
                    fields.DatetimeField(
                        description="from then on the bucket is full, by the database's own clock", auto_now=False, auto_now_add=False
                    ),
                ),
                ("granted", fields.BigIntField(description="what the latest lease gave to a server process")),
            ],
            options={
                "table": "rate_bucket",
                "app": "honeyguide",
                "pk_attr": "key",
                "table_description": (
                    "What callers may still cost, over all server processes; unlogged, a bucket that is full again needs no row."
                ),
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
