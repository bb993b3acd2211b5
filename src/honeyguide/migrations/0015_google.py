"""Google Wallet: who holds an object, how often it woke its owner, the classes' review, one bucket for all processes. ACCESS EXCLUSIVE on google_object and used_code for a moment."""

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.db_defaults import SqlDefault
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# A card that is renewed has another key, and the object at Google has to get it: due without a new tag.
# google_rate is unlogged: after a crash of the database the bucket is full, and nothing of it is in a backup.
TABLES = """
DROP INDEX google_object_due;
CREATE INDEX google_object_due ON google_object (retry_at) WHERE held AND (sent_tag < wanted_tag OR sent_key < wanted_key);
CREATE INDEX google_object_resting ON google_object (sent_at) WHERE NOT held AND sent_tag < wanted_tag;
CREATE INDEX google_object_id ON google_object (object_id);
CREATE INDEX google_class_program ON google_class (program_id);
ALTER TABLE google_object
  ADD CONSTRAINT google_object_notified_bounded CHECK (cardinality(notified_at) <= 3),
  ADD CONSTRAINT google_object_messages_bounded CHECK (cardinality(messages) <= 50);
ALTER TABLE google_rate SET UNLOGGED;
ALTER TABLE google_rate SET (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE, DELETE ON google_class, google_rate TO honeyguide_app;

CREATE FUNCTION google_object_rekey() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE google_object SET wanted_key = wanted_key + 1
  WHERE program_id = NEW.program_id AND member_id = NEW.member_id;
  RETURN NULL;
END $$;

CREATE TRIGGER google_object_rekey AFTER INSERT ON card_key FOR EACH ROW EXECUTE FUNCTION google_object_rekey();
"""


def _object(name: str, field: fields.Field) -> ops.AddField:
    return ops.AddField(model_name="GoogleObjectTable", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0014_event_streams")]

    operations = [
        _object("held", fields.BooleanField(db_default=True, description="false: nobody has it, so changes wait until somebody saves it")),
        _object(
            "offered_at",
            fields.DatetimeField(
                db_default=SqlDefault("'-infinity'"),
                description="when its save link was handed out last",
                auto_now=False,
                auto_now_add=False,
            ),
        ),
        _object("event_ms", fields.BigIntField(db_default=0, description="the latest save or del, by Google's own time")),
        _object(
            "notified_at",
            ArrayField(
                element_type="timestamptz", db_default=SqlDefault("'{}'"), description="when it may have woken its owner: 24 hours, 3"
            ),
        ),
        _object(
            "messages",
            ArrayField(element_type="uuid", db_default=SqlDefault("'{}'"), description="ids of messages that went out, newest last"),
        ),
        _object("sent_key", fields.IntField(db_default=0)),
        _object("wanted_key", fields.IntField(db_default=0, description="raised by each new card key; due = sent_key < wanted_key, too")),
        ops.AddField(
            model_name="UsedCodeTable",
            name="reference",
            field=fields.TextField(
                null=True, description="the receipt of an offline till that used it, which may be posted again", unique=False
            ),
        ),
        ops.CreateModel(
            name="GoogleClassTable",
            fields=[
                ("class_id", fields.CharField(max_length=200, primary_key=True, unique=True, db_index=True)),
                ("program_id", fields.UUIDField()),
                ("style", fields.TextField(unique=False)),
                ("version", fields.IntField(description="of the program that it was made from")),
                ("review_status", fields.TextField(description="Google's word", unique=False)),
                ("problem", fields.TextField(description="Google's word for why it does not take the class", null=True, unique=False)),
                ("checked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "google_class",
                "app": "honeyguide",
                "pk_attr": "class_id",
                "table_description": "The loyalty classes at Google, one a program and style, and what its reviewers said.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GoogleRateTable",
            fields=[
                ("project", fields.CharField(max_length=100, primary_key=True, unique=True, db_index=True)),
                (
                    "next_at",
                    fields.DatetimeField(
                        description="when the next call is due, by the database's clock", auto_now=False, auto_now_add=False
                    ),
                ),
            ],
            options={
                "table": "google_rate",
                "app": "honeyguide",
                "pk_attr": "project",
                "table_description": "How fast all processes together call Google; unlogged.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
