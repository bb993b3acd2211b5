"""Event streams that one process reserves and another has, and operations on their way to it. Locks nothing that exists."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# Unlogged: after a crash of the database clients open their streams anew, and nothing of these rows is in a backup.
TABLES = """
ALTER TABLE event_stream SET UNLOGGED;
ALTER TABLE event_stream_call SET UNLOGGED;
ALTER TABLE event_stream
  ADD CONSTRAINT event_stream_hashed CHECK (length(token_hash) = 32 AND length(owner_hash) = 32),
  ADD CONSTRAINT event_stream_caller_bounded CHECK (length(caller) <= 20000);
CREATE INDEX event_stream_owner ON event_stream (owner_hash);
CREATE INDEX event_stream_kept ON event_stream (kept_until);
ALTER TABLE event_stream_call
  ADD CONSTRAINT event_stream_call_id_bounded CHECK (length(operation_id) BETWEEN 1 AND 100),
  ADD CONSTRAINT event_stream_call_bounded CHECK (length(sealed) <= 200000);
CREATE INDEX event_stream_call_stream ON event_stream_call (token_hash, call_id);
CREATE UNIQUE INDEX event_stream_call_once ON event_stream_call (token_hash, operation_id) WHERE sealed IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON event_stream TO honeyguide_app;
GRANT SELECT, INSERT, DELETE ON event_stream_call TO honeyguide_app;
GRANT USAGE ON SEQUENCE event_stream_call_call_id_seq TO honeyguide_app;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0013_rate_buckets")]

    operations = [
        ops.CreateModel(
            name="EventStreamTable",
            fields=[
                ("token_hash", fields.BinaryField(primary_key=True, description="of the ticket, which stands nowhere")),
                ("audience", fields.TextField(unique=False)),
                ("owner_hash", fields.BinaryField(description="keyed: of all that a token says of its caller")),
                ("caller", fields.BinaryField(description="sealed: who reserved it, and when his token ends")),
                ("holder", fields.UUIDField(description="the process that has the connection; null: reserved, not opened yet", null=True)),
                (
                    "kept_until",
                    fields.DatetimeField(
                        description="nobody opened it, or its process is gone, after it", auto_now=False, auto_now_add=False
                    ),
                ),
            ],
            options={
                "table": "event_stream",
                "app": "honeyguide",
                "pk_attr": "token_hash",
                "table_description": (
                    "Event streams of the single connection mode that are reserved or open; unlogged, a row lives as long as its stream."
                ),
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EventStreamCallTable",
            fields=[
                ("call_id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("token_hash", fields.BinaryField(description="of the stream that it is for")),
                ("operation_id", fields.TextField(description="the client's own", unique=False)),
                ("sealed", fields.BinaryField(description="the parameters of the operation; null: stop it", null=True)),
            ],
            options={
                "table": "event_stream_call",
                "app": "honeyguide",
                "pk_attr": "call_id",
                "table_description": "Operations on their way to the process that has their stream; unlogged, gone once taken.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
