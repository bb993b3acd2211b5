"""What the application role may do: read and add everywhere, change only what is no history, truncate nothing. ACCESS SHARE only."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

RIGHTS = """
GRANT USAGE ON SCHEMA public TO honeyguide_app;
GRANT SELECT, INSERT ON program_version, tier_change, transaction, transfer, lot_move, erasure, consent TO honeyguide_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON program, partner, location, credential, nonce, member, person, identifier, standing, account, lot, hold, counter, claim,
  card_key, used_code, pin,
  merge, household, household_member,
  parked_post, pass, pass_tag, apple_device, apple_registration, google_object, delivery_count TO honeyguide_app;
GRANT SELECT ON tortoise_migrations TO honeyguide_app;
DO $$ BEGIN
  IF to_regclass('conservation') IS NOT NULL THEN GRANT SELECT ON conservation TO honeyguide_app; END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0005_till")]

    operations = [RunSQL(RIGHTS)]
