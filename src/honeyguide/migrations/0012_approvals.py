"""Acts that wait for a second person, and what operators moved alone. Locks nothing that exists."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

TABLES = """
ALTER TABLE approval DROP CONSTRAINT approval_pkey, ADD PRIMARY KEY (program_id, approval_id),
  ADD CONSTRAINT approval_once UNIQUE (program_id, asked_by, key),
  ADD CONSTRAINT approval_state_known CHECK (state IN ('WAITS', 'APPROVED', 'DECLINED')),
  ADD CONSTRAINT approval_decided_by_somebody
    CHECK ((state = 'WAITS') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  ADD CONSTRAINT approval_by_a_second_person CHECK (decided_by IS NULL OR decided_by <> asked_by),
  ADD CONSTRAINT approval_outcome_of_approved CHECK (outcome IS NULL OR state = 'APPROVED');
CREATE INDEX approval_asked ON approval (program_id, asked_at, approval_id);
CREATE INDEX approval_waiting ON approval (program_id, asked_by) WHERE state = 'WAITS';
ALTER TABLE by_hand DROP CONSTRAINT by_hand_pkey, ADD PRIMARY KEY (program_id, operator, key),
  ADD CONSTRAINT by_hand_summed_known CHECK (summed IN ('GOODWILL', 'ADJUST', 'TRANSFER')),
  ADD CONSTRAINT by_hand_counts CHECK (amount > 0);
CREATE INDEX by_hand_operator ON by_hand (program_id, operator, at);
CREATE INDEX by_hand_member ON by_hand (program_id, member_id, day);
GRANT SELECT, INSERT, UPDATE, DELETE ON approval TO honeyguide_app;
GRANT SELECT, INSERT, DELETE ON by_hand TO honeyguide_app;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0008_audit_trail")]

    operations = [
        ops.CreateModel(
            name="ApprovalTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("approval_id", fields.UUIDField(primary_key=True)),
                ("operation", fields.TextField(unique=False)),
                (
                    "request",
                    fields.JSONField(
                        description="what will be carried out: members by id, nothing personal", encoder=JSON_DUMPS, decoder=loads
                    ),
                ),
                ("request_hash", fields.BinaryField()),
                ("key", fields.TextField(description="the idempotency key of the request, in the scope of asked_by", unique=False)),
                ("asked_by", fields.TextField(unique=False)),
                ("asked_email", fields.BinaryField(description="a keyed hash of the asker's proved address", null=True)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(description="after it nobody approves it any more", auto_now=False, auto_now_add=False)),
                ("members", ArrayField(element_type="uuid")),
                ("state", fields.TextField(unique=False)),
                ("decided_by", fields.TextField(null=True, unique=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("note", fields.TextField(null=True, unique=False)),
                (
                    "outcome",
                    fields.JSONField(
                        description="null until it is known: a transaction, a version, or a refusal",
                        null=True,
                        encoder=JSON_DUMPS,
                        decoder=loads,
                    ),
                ),
            ],
            options={
                "table": "approval",
                "app": "honeyguide",
                "pk_attr": "approval_id",
                "table_description": "Acts of operators above a limit, and what a second person said to them.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ByHandTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("operator", fields.TextField(unique=False)),
                ("key", fields.TextField(description="the idempotency key of the request", unique=False)),
                ("request_hash", fields.BinaryField()),
                ("summed", fields.TextField(description="GOODWILL, ADJUST or TRANSFER", unique=False)),
                ("unit", fields.TextField(unique=False)),
                ("amount", fields.BigIntField()),
                ("member_id", fields.UUIDField()),
                ("other_id", fields.UUIDField(description="the other side of a transfer", null=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("day", fields.DateField(description="of the program")),
            ],
            options={
                "table": "by_hand",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "What operators moved alone lately, counted against the limits of the program file; kept for a week.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
