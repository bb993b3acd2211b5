"""The trigger that refuses a transfer of another unit, the readers' and the till's functions and the view that proves the books; their SQL lies in sql/ and never changes after a release. No locks."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

FOLDER = Path(__file__).parent / "sql"
FILES = ("transfer_units.sql", "lots_at.sql", "as_of.sql", "till_read.sql", "till_open.sql", "till_write.sql", "conservation.sql")


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0004_stale_passes")]

    operations = [RunSQL((FOLDER / file).read_text(encoding="utf-8")) for file in FILES if (FOLDER / file).exists()]
