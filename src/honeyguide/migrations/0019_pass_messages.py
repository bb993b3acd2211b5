"""Messages on passes, and how far the worker got with writing them. SHARE ROW EXCLUSIVE on person for a moment."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# pass_redraw (0004) marks the member's passes stale in the commit that writes or ends a message (X1).
TABLES = """
ALTER TABLE pass_message DROP CONSTRAINT pass_message_pkey, ADD PRIMARY KEY (program_id, member_id, message_id),
  ADD CONSTRAINT pass_message_once UNIQUE (program_id, member_id, kind, occasion),
  ADD CONSTRAINT pass_message_kind_known CHECK (kind IN ('welcome', 'points_expire', 'tier_at_risk', 'win_back')),
  ADD CONSTRAINT pass_message_occasion_bounded CHECK (length(occasion) BETWEEN 1 AND 100),
  ADD CONSTRAINT pass_message_has_words CHECK (jsonb_typeof(header) = 'object' AND jsonb_typeof(body) = 'object'),
  ADD CONSTRAINT pass_message_ends_after CHECK (ends_at IS NULL OR ends_at >= posted_at);
CREATE INDEX pass_message_ending ON pass_message (program_id, ends_at) WHERE NOT gone;
CREATE INDEX pass_message_past ON pass_message (program_id, posted_at) WHERE gone;
GRANT SELECT, INSERT, UPDATE, DELETE ON pass_message, pass_message_walk TO honeyguide_app;
CREATE TRIGGER pass_redraw AFTER INSERT OR UPDATE OF gone ON pass_message FOR EACH ROW EXECUTE FUNCTION pass_redraw();
-- Days of expiry are those on the member's own wall.
CREATE TRIGGER pass_redraw_zone AFTER UPDATE OF time_zone ON person
  FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION pass_redraw();
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0018_pass_files")]

    operations = [
        ops.CreateModel(
            name="PassMessageTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("message_id", fields.UUIDField(primary_key=True)),
                ("kind", fields.TextField(description="welcome, points_expire, tier_at_risk, win_back", unique=False)),
                (
                    "occasion",
                    fields.TextField(
                        description="what it was written for, such as the day on which points expire: once each", unique=False
                    ),
                ),
                ("header", fields.JSONField(description="by language", encoder=JSON_DUMPS, decoder=loads)),
                ("body", fields.JSONField(description="by language", encoder=JSON_DUMPS, decoder=loads)),
                ("notify", fields.BooleanField(description="the phone may ring")),
                ("posted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "ends_at",
                    fields.DatetimeField(
                        description="then it leaves the passes; null: it stays until its reason is gone",
                        null=True,
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                (
                    "gone",
                    fields.BooleanField(db_default=False, description="it ended, and the passes were marked to be drawn without it"),
                ),
            ],
            options={
                "table": "pass_message",
                "app": "honeyguide",
                "pk_attr": "message_id",
                "table_description": "What stands, or stood, on a member's passes as a message.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PassMessageWalkTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("after_member", fields.UUIDField(description="members up to this one were looked at in this walk")),
                (
                    "begun_at",
                    fields.DatetimeField(description="when this walk over all holders of passes began", auto_now=False, auto_now_add=False),
                ),
                (
                    "done",
                    fields.BooleanField(db_default=False, description="it reached the last one; the next begins after a pause"),
                ),
            ],
            options={
                "table": "pass_message_walk",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "How far the worker got with looking who is due a message: one row a program.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
