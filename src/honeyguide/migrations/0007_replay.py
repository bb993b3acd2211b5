"""When a replay began, so that a resume on another day posts the same purchases again. Creates one table: no locks on existing data."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

KEY_AND_RIGHTS = """
ALTER TABLE replay DROP CONSTRAINT replay_pkey, ADD PRIMARY KEY (program_id, name);
GRANT SELECT, INSERT ON replay TO honeyguide_app;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0006_application_rights")]

    operations = [
        ops.CreateModel(
            name="ReplayTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("name", fields.TextField(unique=False)),
                ("shift_days", fields.IntField(description="whole days that bring the last basket to the day before the first start")),
                ("refunds", fields.IntField(description="per cent of the baskets that come back")),
                ("redemptions", fields.IntField(description="per cent of the points that are redeemed")),
                ("seed", fields.IntField(description="what draws which")),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "replay",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "When a replay began and with which options: a resume on another day must post the same purchases with the same dates.",
            },
            bases=["Model"],
        ),
        RunSQL(KEY_AND_RIGHTS),
    ]
