"""One-time codes and sessions of members. Locks nothing that exists."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

TABLES = """
ALTER TABLE one_time_code DROP CONSTRAINT one_time_code_pkey, ADD PRIMARY KEY (program_id, address_hash),
  ADD CONSTRAINT one_time_code_hashed CHECK (length(address_hash) = 32 AND length(code_hash) = 32);
ALTER TABLE one_time_code SET (fillfactor = 70);  -- a row serves its address again and again: HOT
ALTER TABLE session DROP CONSTRAINT session_pkey, ADD PRIMARY KEY (program_id, member_id, session_id),
  ADD CONSTRAINT session_hashed CHECK (length(secret_hash) = 32),
  ADD CONSTRAINT session_device_bounded CHECK (length(device) BETWEEN 1 AND 80),
  ADD CONSTRAINT session_revoked_for_a_reason CHECK ((revoked_at IS NULL) = (revoked_because IS NULL) AND (revoked_at IS NULL) = (announced_at IS NULL));
-- What every process reads twice a second.
CREATE INDEX session_announced ON session (announced_at) INCLUDE (session_id) WHERE announced_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON one_time_code, session TO honeyguide_app;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0010_identity_providers")]

    operations = [
        ops.CreateModel(
            name="OneTimeCodeTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("address_hash", fields.BinaryField(description="keyed: of a purpose and an e-mail address")),
                ("code_hash", fields.BinaryField(null=True, description="keyed; null: used up")),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("tries", fields.IntField(description="of this code")),
                ("made", fields.IntField(description="codes since counted_from")),
                ("counted_from", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "one_time_code",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "The live code of an address, known or not: no address stands here, and no code.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SessionTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("session_id", fields.UUIDField(primary_key=True)),
                ("generation", fields.IntField(description="of the one refresh token that counts")),
                ("secret_hash", fields.BinaryField(null=True, description="of that token; null: forgotten")),
                ("device", fields.TextField(description="how the app calls itself", null=True, unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "ends_at",
                    fields.DatetimeField(description="30 days after its last use, 180 after its first", auto_now=False, auto_now_add=False),
                ),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_because", fields.TextField(null=True, unique=False)),
                (
                    "announced_at",
                    fields.DatetimeField(
                        description="its end by the database's own clock, which every process polls by",
                        null=True,
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
            ],
            options={
                "table": "session",
                "app": "honeyguide",
                "pk_attr": "session_id",
                "table_description": "Where a member is signed in, until when, and why no longer.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
