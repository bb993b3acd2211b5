"""The operator's own files of a pass style, and the redrawing of who said who he is. SHARE ROW EXCLUSIVE on person, ACCESS EXCLUSIVE on pass for a moment."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# Rows are never changed: what a revision looked like is what its passes were signed with.
TABLES = """
ALTER TABLE pass_file DROP CONSTRAINT pass_file_pkey, ADD PRIMARY KEY (program_id, style, revision, path),
  ADD CONSTRAINT pass_file_program FOREIGN KEY (program_id) REFERENCES program (program_id),
  ADD CONSTRAINT pass_file_revision_counts CHECK (revision > 0),
  ADD CONSTRAINT pass_file_path_bounded CHECK (path ~ '^[A-Za-z0-9_@./-]{1,120}$'),
  ADD CONSTRAINT pass_file_bounded CHECK (octet_length(content) <= 1000000),
  ADD CONSTRAINT pass_file_digest_of_content CHECK ((content IS NULL) = (digest IS NULL));
CREATE INDEX pass_file_digest ON pass_file (digest text_pattern_ops);
CREATE INDEX pass_dressed ON pass (program_id, style, dressed);
GRANT SELECT, INSERT, DELETE ON pass_file TO honeyguide_app;

-- The form of an anonymous card goes once somebody said whose it is.
CREATE TRIGGER pass_identified AFTER UPDATE OF email, phone ON person FOR EACH ROW
  WHEN ((OLD.email IS NULL AND OLD.phone IS NULL) <> (NEW.email IS NULL AND NEW.phone IS NULL))
  EXECUTE FUNCTION pass_redraw();
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0017_wallet_credentials")]

    operations = [
        ops.AddField(
            model_name="PassTable",
            name="dressed",
            field=fields.IntField(db_default=0, description="revision of the style's own files it was published with; 0: none"),
        ),
        ops.CreateModel(
            name="PassFileTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("style", fields.TextField(unique=False)),
                ("revision", fields.IntField(description="of the style; a file of a later one stands in the place of an earlier one")),
                ("path", fields.TextField(description="within the template: logo@2x.png, de.lproj/pass.strings", unique=False)),
                ("content", fields.BinaryField(null=True, description="null: the folder's own again")),
                ("digest", fields.TextField(null=True, description="SHA-256 in hex", unique=False)),
                ("uploaded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "pass_file",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "What an operator put in the place of a template's files: images, texts, the layout itself.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
