"""How long phones wait, and what they log. ACCESS EXCLUSIVE on apple_registration and pass for a moment: columns without a default."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# Unlogged: what phones complain of is worth no copy and no backup. Its places are used in turn, so it never grows.
TABLES = """
ALTER TABLE delivery_lag DROP CONSTRAINT delivery_lag_pkey, ADD PRIMARY KEY (hour, what, up_to_ms),
  ADD CONSTRAINT delivery_lag_what_known CHECK (what IN ('push', 'fetch')),
  ADD CONSTRAINT delivery_lag_counts CHECK (count > 0);
ALTER TABLE phone_log SET UNLOGGED;
ALTER TABLE phone_log ADD CONSTRAINT phone_log_place_bounded CHECK (place BETWEEN 0 AND 999),
  ADD CONSTRAINT phone_log_text_bounded CHECK (length(text) <= 600);
CREATE SEQUENCE phone_log_place MAXVALUE 999 MINVALUE 0 CYCLE;
CREATE INDEX apple_registration_behind ON apple_registration (program_id, behind_since, pass_id) WHERE behind_since IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_lag, phone_log TO honeyguide_app;
GRANT USAGE ON SEQUENCE phone_log_place TO honeyguide_app;
"""


def _moment(description: str) -> fields.DatetimeField:
    return fields.DatetimeField(null=True, description=description, auto_now=False, auto_now_add=False)


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0015_google")]

    operations = [
        ops.AddField(
            model_name="AppleRegistrationTable",
            name="due_since",
            field=_moment("commit of the oldest change for which the phone was not pushed; null: none, or the second push of one"),
        ),
        ops.AddField(
            model_name="AppleRegistrationTable",
            name="behind_since",
            field=_moment("commit of the oldest change that the phone has not fetched; null: it shows what was published"),
        ),
        ops.AddField(
            model_name="PassTable",
            name="renewed_at",
            field=_moment("when its token was replaced: the former one serves for 30 days at most"),
        ),
        ops.CreateModel(
            name="DeliveryLagTable",
            fields=[
                ("hour", fields.DatetimeField(primary_key=True, auto_now=False, auto_now_add=False)),
                ("what", fields.TextField(description="push or fetch", unique=False)),
                ("up_to_ms", fields.IntField(description="from the commit, in milliseconds, rounded up to one of a few steps")),
                ("count", fields.BigIntField()),
            ],
            options={
                "table": "delivery_lag",
                "app": "honeyguide",
                "pk_attr": "hour",
                "table_description": "How long after a commit phones were pushed, and fetched: counted by steps, one row an hour and step.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PhoneLogTable",
            fields=[
                ("place", fields.IntField(primary_key=True, description="one of 1,000, used in turn")),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("task", fields.TextField(description="register, unregister, list, fetch, personalize or other", unique=False)),
                ("pass_type", fields.TextField(null=True, unique=False)),
                ("serial", fields.TextField(null=True, unique=False)),
                ("code", fields.IntField(null=True, description="the response code that the phone complains of")),
                ("text", fields.TextField(description="what a stranger wrote; printable, device ids hidden", unique=False)),
            ],
            options={
                "table": "phone_log",
                "app": "honeyguide",
                "pk_attr": "place",
                "table_description": "The latest lines that iPhones logged at us (A50); unlogged, and never more than 1,000.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
