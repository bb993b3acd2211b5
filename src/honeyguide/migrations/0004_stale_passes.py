"""A pass is marked stale in the commit that changes its member: nobody can forget it, and the till need not know wallets. SHARE ROW EXCLUSIVE on standing."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# One statement for a whole batch: with a transition table it costs nothing measurable (ledger.md).
# changed_at keeps the moment since which the pass waits, so a burst of purchases cannot push it to the queue's end.
TRIGGER = """
CREATE FUNCTION pass_stale_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pass SET changed = n.version,
                  changed_at = CASE WHEN pass.shown < pass.changed THEN pass.changed_at ELSE clock_timestamp() END
  FROM new_rows n
  WHERE pass.program_id = n.program_id AND pass.member_id = n.member_id
    AND pass.changed < n.version AND pass.state <> 'REVOKED';
  RETURN NULL;
END $$;

CREATE TRIGGER pass_stale_mark AFTER UPDATE ON standing REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION pass_stale_mark();
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0003_append_only")]

    operations = [RunSQL(TRIGGER)]
