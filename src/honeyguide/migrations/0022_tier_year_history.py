"""Which day began a member's tier year when, so that the past is told as it was (R32). Locks nothing that exists."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# Days that were set before are taken for true from joining on: since when they are is not known.
TABLES = """
ALTER TABLE tier_year DROP CONSTRAINT tier_year_pkey, ADD PRIMARY KEY (program_id, member_id, setting_id);
GRANT SELECT, INSERT, DELETE ON tier_year TO honeyguide_app;
INSERT INTO tier_year (program_id, member_id, setting_id, set_at, starts)
SELECT s.program_id, s.member_id, gen_random_uuid(), m.enrolled_at, s.year_begins_on
FROM standing AS s
JOIN member AS m ON m.program_id = s.program_id AND m.member_id = s.member_id
WHERE s.year_begins_on IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0021_google_messages")]

    operations = [
        ops.CreateModel(
            name="TierYearTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("setting_id", fields.UUIDField(primary_key=True)),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("starts", fields.DateField(null=True, description="null: the anniversary of joining again")),
            ],
            options={
                "table": "tier_year",
                "app": "honeyguide",
                "pk_attr": "setting_id",
                "table_description": "Each day that an operator set to begin a member's tier years, never changed; an erasure takes it away.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
