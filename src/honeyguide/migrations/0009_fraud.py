"""Freezes, staff, tallies and decisions about parked posts. New tables, and ACCESS EXCLUSIVE on parked_post for a moment: the columns have no defaults."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

TABLES = """
ALTER TABLE frozen DROP CONSTRAINT frozen_pkey, ADD PRIMARY KEY (program_id, freeze_id),
  ADD CONSTRAINT frozen_kind_known CHECK (kind IN ('PARTNER', 'LOCATION', 'CASHIER', 'CREDENTIAL', 'REVIEW')),
  ADD CONSTRAINT frozen_ended_by_somebody CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL));
-- One freeze of a thing at a time; also what every process reads twice a second.
CREATE UNIQUE INDEX frozen_in_force ON frozen (program_id, partner_id, kind, coalesce(location, ''), coalesce(cashier, ''), coalesce(credential, ''))
  WHERE ended_at IS NULL;
ALTER TABLE frozen_member DROP CONSTRAINT frozen_member_pkey, ADD PRIMARY KEY (program_id, member_id, freeze_id),
  ADD CONSTRAINT frozen_member_ended_by_somebody
    CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL));
CREATE UNIQUE INDEX frozen_member_in_force ON frozen_member (program_id, member_id) WHERE ended_at IS NULL;
ALTER TABLE staff DROP CONSTRAINT staff_pkey, ADD PRIMARY KEY (program_id, member_id, partner_id, origin_id);
ALTER TABLE tally DROP CONSTRAINT tally_pkey, ADD PRIMARY KEY (program_id, subject, period);
ALTER TABLE tally SET (fillfactor = 70);  -- updated once a second and process: HOT
CREATE INDEX tally_over ON tally USING brin (over_at);
ALTER TABLE parked_post ADD CONSTRAINT parked_post_decision_known CHECK (decision IN ('POST', 'REJECT')),
  ADD CONSTRAINT parked_post_decided_by_somebody CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
  ADD CONSTRAINT parked_post_settled_when_decided CHECK (settled_at IS NULL OR decision IS NOT NULL);
DROP INDEX parked_post_received;
-- The queue; those of one partner and reason; and what was decided and not done yet.
CREATE INDEX parked_post_waiting ON parked_post (program_id, received_at, parked_id) WHERE decision IS NULL;
CREATE INDEX parked_post_partner ON parked_post (program_id, partner_id, reason, received_at, parked_id) WHERE decision IS NULL;
CREATE INDEX parked_post_unsettled ON parked_post (program_id, decided_at) WHERE decision IS NOT NULL AND settled_at IS NULL;
ALTER TABLE parked_decision DROP CONSTRAINT parked_decision_pkey, ADD PRIMARY KEY (program_id, decision_id),
  ADD CONSTRAINT parked_decision_known CHECK (decision IN ('POST', 'REJECT'));
CREATE INDEX parked_decision_open ON parked_decision (program_id, decided_at) WHERE done_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON frozen, frozen_member, staff, tally, parked_decision TO honeyguide_app;
"""


def _parked(name: str, field: fields.Field) -> ops.AddField:
    return ops.AddField(model_name="ParkedPostTable", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0008_audit_trail")]

    operations = [
        ops.CreateModel(
            name="FrozenTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("freeze_id", fields.UUIDField(primary_key=True)),
                ("kind", fields.TextField(unique=False)),
                ("partner_id", fields.UUIDField()),
                ("location", fields.TextField(null=True, unique=False)),
                ("cashier", fields.TextField(null=True, unique=False)),
                ("credential", fields.TextField(null=True, unique=False)),
                ("reason", fields.TextField(unique=False)),
                ("frozen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("frozen_by", fields.TextField(unique=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_by", fields.TextField(null=True, unique=False)),
                ("end_reason", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "frozen",
                "app": "honeyguide",
                "pk_attr": "freeze_id",
                "table_description": "A partner, shop, cashier or credential whose posts wait for review; REVIEW: a partner that is new.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FrozenMemberTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("freeze_id", fields.UUIDField(primary_key=True)),
                ("reason", fields.TextField(unique=False)),
                ("frozen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("frozen_by", fields.TextField(unique=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_by", fields.TextField(null=True, unique=False)),
                ("end_reason", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "frozen_member",
                "app": "honeyguide",
                "pk_attr": "freeze_id",
                "table_description": "Why a member is or was frozen, and by whom; whether he is stands in member.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ParkedDecisionTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("decision_id", fields.UUIDField(primary_key=True)),
                ("partner_id", fields.UUIDField()),
                ("reason", fields.TextField(null=True, unique=False)),
                ("decision", fields.TextField(unique=False)),
                ("note", fields.TextField(unique=False)),
                ("decided_by", fields.TextField(unique=False)),
                (
                    "decided_email",
                    fields.BinaryField(
                        description="a keyed hash of the decider's proved address: posts of his own are left out", null=True
                    ),
                ),
                ("decided_at", fields.DatetimeField(description="posts parked later are not meant", auto_now=False, auto_now_add=False)),
                ("after_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("after_id", fields.UUIDField(null=True)),
                ("settled", fields.BigIntField(db_default=0)),
                ("refused", fields.BigIntField(db_default=0)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "parked_decision",
                "app": "honeyguide",
                "pk_attr": "decision_id",
                "table_description": "One decision about all parked posts of a partner, and how far the worker has come with it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StaffTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("partner_id", fields.UUIDField()),
                ("location", fields.TextField(null=True, unique=False)),
                ("cashier", fields.TextField(null=True, unique=False)),
                ("marked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("marked_by", fields.TextField(unique=False)),
                ("origin_id", fields.UUIDField(description="who was marked: the member, or one whom he took over")),
            ],
            options={
                "table": "staff",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "Members who work at a partner, and as which cashier.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TallyTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("subject", fields.TextField(unique=False)),
                ("period", fields.TextField(description="a local day, or a minute", unique=False)),
                ("posts", fields.BigIntField()),
                ("amount", fields.BigIntField()),
                ("over_at", fields.DatetimeField(description="from then on no rule asks for it", auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "tally",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "What cashiers, shops, partners and credentials posted lately, in all processes.",
            },
            bases=["Model"],
        ),
        _parked("key", fields.TextField(null=True, unique=False)),
        _parked("key_scope", fields.TextField(null=True, unique=False)),
        _parked("decision", fields.TextField(null=True, unique=False)),
        _parked("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        _parked("decided_by", fields.TextField(null=True, unique=False)),
        _parked("note", fields.TextField(null=True, unique=False)),
        _parked("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        _parked("transaction_member", fields.UUIDField(null=True)),
        _parked("transaction_id", fields.UUIDField(null=True)),
        RunSQL(TABLES),
    ]
