"""An object at Google is due when a message comes or goes, also where the drawn card stays as it is. SHARE ROW EXCLUSIVE on pass_message."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

TRIGGER = """
CREATE TRIGGER google_object_rekey AFTER INSERT OR UPDATE OF gone ON pass_message
  FOR EACH ROW EXECUTE FUNCTION google_object_rekey();
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0020_tier_years")]

    operations = [RunSQL(TRIGGER)]
