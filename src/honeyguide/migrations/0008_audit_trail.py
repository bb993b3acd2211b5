"""The audit trail: what is done by hand in the books is in it by the same commit, and each row waits for its link. SHARE ROW EXCLUSIVE on transaction and erasure."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

TABLES = """
ALTER TABLE audit DROP CONSTRAINT audit_pkey, ADD PRIMARY KEY (program_id, audit_id),
  ADD CONSTRAINT audit_action_is_a_name CHECK (action ~ '^[A-Z][A-Z0-9_]{1,63}$'),
  ADD CONSTRAINT audit_is_bounded CHECK (octet_length(detail::text) <= 8000 AND cardinality(members) <= 1000
    AND octet_length(actor) <= 1200 AND octet_length(subject) <= 1200 AND octet_length(request_id) <= 1200);
ALTER TABLE audit_link DROP CONSTRAINT audit_link_pkey, ADD PRIMARY KEY (program_id, seq),
  ADD CONSTRAINT audit_link_once UNIQUE (program_id, audit_id),
  ADD CONSTRAINT audit_link_counts CHECK (seq > 0 AND octet_length(hash) = 32);
ALTER TABLE audit_waiting DROP CONSTRAINT audit_waiting_pkey, ADD PRIMARY KEY (program_id, audit_id);

-- Newest first, by who, by what, and who looked at whom.
CREATE INDEX audit_at ON audit (program_id, at, audit_id);
CREATE INDEX audit_actor ON audit (program_id, actor, at, audit_id);
CREATE INDEX audit_action ON audit (program_id, action, at, audit_id);
CREATE INDEX audit_members ON audit USING gin (members);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT SELECT, INSERT ON audit, audit_link TO honeyguide_app;
GRANT SELECT, INSERT, DELETE ON audit_waiting TO honeyguide_app;
"""

QUEUE = """
CREATE FUNCTION audit_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_waiting (program_id, audit_id) SELECT program_id, audit_id FROM new_rows;
  RETURN NULL;
END $$;

CREATE TRIGGER audit_wait AFTER INSERT ON audit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_wait();
"""

# A row trigger whose WHEN is false costs less than a transition table of the whole batch; a purchase is turned away by its kind alone.
# `from` marks the second side of a handover, which follows from the first. Words, notes and lots stay in the books.
POSTINGS = """
CREATE FUNCTION audit_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told constant jsonb := NEW.detail;
  uuid_form constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  itself constant boolean := coalesce(told->>'by', '') LIKE 'system:%';  -- a job, such as retention
  actor constant text := left(CASE WHEN itself THEN '' ELSE 'operator:' END || coalesce(told->>'by', '?'), 300);
BEGIN
  INSERT INTO audit (program_id, audit_id, at, actor, audience, action, subject_kind, subject, members, approval_id, detail)
  VALUES (
    NEW.program_id, NEW.transaction_id, NEW.posted_at, actor, CASE WHEN itself THEN 'system' ELSE 'operator' END,
    CASE NEW.kind
      WHEN 'ADJUSTMENT' THEN 'ADJUST_ACCOUNT' WHEN 'TRANSFER' THEN 'TRANSFER_POINTS' WHEN 'TIER_ASSIGNMENT' THEN 'ASSIGN_TIER'
      WHEN 'MERGE' THEN 'MERGE_MEMBERS' WHEN 'UNMERGE' THEN 'UNMERGE_MEMBERS' WHEN 'CLOSURE' THEN 'CLOSE_ACCOUNT'
      WHEN 'REVERSAL' THEN 'REVERSE_TRANSACTION' ELSE 'OTHER_POSTING'
    END,
    'MEMBER', NEW.member_id::text,
    CASE WHEN told->>'to' ~ uuid_form THEN ARRAY[NEW.member_id, (told->>'to')::uuid] ELSE ARRAY[NEW.member_id] END,
    CASE WHEN told->>'approval' ~ uuid_form THEN (told->>'approval')::uuid END,
    jsonb_strip_nulls(jsonb_build_object(
      'kind', NEW.kind,
      'of', NEW.of_transaction,
      'unit', told->'unit',
      'quantity', CASE WHEN jsonb_typeof(told->'quantity') = 'number' THEN told->'quantity' END,
      'reason', CASE WHEN NEW.kind = 'ADJUSTMENT' THEN told->'reason' END,
      'tier', CASE WHEN NEW.kind = 'TIER_ASSIGNMENT' THEN told->'tier' END,
      'until', CASE WHEN NEW.kind = 'TIER_ASSIGNMENT' THEN told->'until' END
    ))
  );
  RETURN NULL;
END $$;

CREATE TRIGGER audit_posting AFTER INSERT ON transaction FOR EACH ROW
  WHEN (NEW.kind NOT IN ('PURCHASE', 'REDEMPTION', 'AUTHORIZATION', 'ACTIVATION', 'EXPIRY', 'ACTIVITY', 'ERASURE')
        AND (NEW.kind IN ('ADJUSTMENT', 'TIER_ASSIGNMENT', 'MERGE', 'UNMERGE') OR NEW.detail ? 'by')
        AND NOT NEW.detail ? 'from'
        AND NEW.detail->>'by' IS DISTINCT FROM 'member')
  EXECUTE FUNCTION audit_posting();
"""

# The certificate names all who were one person; their ERASURE transactions are turned away above.
ERASURES = """
CREATE FUNCTION audit_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  itself constant boolean := NEW.erased_by LIKE 'system:%';
BEGIN
  INSERT INTO audit (program_id, audit_id, at, actor, audience, action, subject_kind, subject, members, detail)
  VALUES (
    NEW.program_id, NEW.erasure_id, NEW.erased_at, left(CASE WHEN itself THEN '' ELSE 'operator:' END || NEW.erased_by, 300),
    CASE WHEN itself THEN 'system' ELSE 'operator' END, 'ERASE_MEMBER',
    'MEMBER', NEW.member_id::text,
    ARRAY(SELECT jsonb_array_elements_text(NEW.certificate->'members')::uuid),
    jsonb_build_object('reason', NEW.certificate->'reason', 'sha256', NEW.certificate->'sha256')
  );
  RETURN NULL;
END $$;

CREATE TRIGGER audit_erasure AFTER INSERT ON erasure FOR EACH ROW EXECUTE FUNCTION audit_erasure();
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0007_replay")]

    operations = [
        ops.CreateModel(
            name="AuditTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("audit_id", fields.UUIDField(primary_key=True, description="of a posting: its transaction's id")),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "actor",
                    fields.TextField(description="operator:<subject>, partner:<id>, member:<id>, cli:<user> or system:<job>", unique=False),
                ),
                ("audience", fields.TextField(unique=False)),
                ("credential_id", fields.TextField(null=True, unique=False)),
                ("action", fields.TextField(unique=False)),
                ("subject_kind", fields.TextField(unique=False)),
                ("subject", fields.TextField(description="a pseudonym or a code", unique=False)),
                ("members", ArrayField(element_type="uuid", description="all whose data were changed or seen")),
                ("request_id", fields.TextField(null=True, unique=False)),
                ("approval_id", fields.UUIDField(null=True)),
                (
                    "detail",
                    fields.JSONField(
                        description="codes, ids, dates and whole numbers; nothing personal", encoder=JSON_DUMPS, decoder=loads
                    ),
                ),
            ],
            options={
                "table": "audit",
                "app": "honeyguide",
                "pk_attr": "audit_id",
                "table_description": "Append-only: one row for each administrative act and each look at personal data.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditLinkTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("seq", fields.BigIntField()),
                ("audit_id", fields.UUIDField(primary_key=True)),
                (
                    "hash",
                    fields.BinaryField(description="SHA-256 of the hash before it and the row's canonical bytes, see audit/README.md"),
                ),
            ],
            options={
                "table": "audit_link",
                "app": "honeyguide",
                "pk_attr": "audit_id",
                "table_description": "Append-only: the chain over the trail, in the order in which rows were found committed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditWaitingTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("audit_id", fields.UUIDField(primary_key=True)),
            ],
            options={
                "table": "audit_waiting",
                "app": "honeyguide",
                "pk_attr": "audit_id",
                "table_description": "Rows of the trail that are not in the chain yet.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
        RunSQL(QUEUE),
        RunSQL(POSTINGS),
        RunSQL(ERASURES),
    ]
