"""A pass is marked stale in the commit that changes its member: nobody can forget it, and the till need not know wallets. SHARE ROW EXCLUSIVE on standing, person and member."""

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

CREATE FUNCTION pass_redraw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pass SET shown = -1, changed_at = CASE WHEN pass.shown < pass.changed THEN pass.changed_at ELSE clock_timestamp() END
  WHERE pass.program_id = NEW.program_id AND pass.member_id = NEW.member_id AND pass.state <> 'REVOKED';
  RETURN NULL;
END $$;

-- Name and language stand on the card, and no posting tells of them.
CREATE TRIGGER pass_redraw AFTER UPDATE OF display_name ON person
  FOR EACH ROW WHEN (OLD.display_name IS DISTINCT FROM NEW.display_name) EXECUTE FUNCTION pass_redraw();
CREATE TRIGGER pass_redraw AFTER UPDATE OF locale ON member
  FOR EACH ROW WHEN (OLD.locale IS DISTINCT FROM NEW.locale AND NEW.status = 'ACTIVE') EXECUTE FUNCTION pass_redraw();
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0003_append_only")]

    operations = [RunSQL(TRIGGER)]
