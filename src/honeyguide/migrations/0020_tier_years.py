"""A day of the member's own may begin his tier year (R32). ACCESS EXCLUSIVE on standing for a moment: a column without a default."""

from pathlib import Path

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# The reads of the till carry it, and a card tells where the year ends.
REDRAW = """
CREATE TRIGGER pass_redraw AFTER UPDATE OF year_begins_on ON standing
  FOR EACH ROW WHEN (OLD.year_begins_on IS DISTINCT FROM NEW.year_begins_on) EXECUTE FUNCTION pass_redraw();
"""
TILL_READ = (Path(__file__).parent / "sql" / "till_read.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0019_pass_messages")]

    operations = [
        ops.AddField(
            model_name="StandingTable",
            name="year_begins_on",
            field=fields.DateField(
                null=True, description="a day set by an operator whose anniversaries begin the member's tier year (R32)"
            ),
        ),
        RunSQL(TILL_READ),
        RunSQL(REDRAW),
    ]
