"""Keys led by the member, checks, indexes, fillfactor: what Tortoise cannot say. ACCESS EXCLUSIVE on tables that are still empty."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Tortoise knows single primary keys only; its models name one column and this replaces it, unseen by makemigrations.
# (program_id, member_id) leads wherever rows belong to a member, so the tables can be distributed by member (ledger.md).
KEYS = {
    "program_version": "program_id, version",
    "partner": "program_id, partner_id",
    "location": "program_id, partner_id, code",
    "credential": "client_id",
    "member": "program_id, member_id",
    "person": "program_id, member_id",
    "consent": "program_id, member_id, consent_id",
    "identifier": "program_id, kind, value",
    "card_key": "program_id, member_id, card_id",
    "used_code": "program_id, member_id, card_id, step",
    "pin": "program_id, member_id",
    "standing": "program_id, member_id",
    "tier_change": "program_id, member_id, version",
    "account": "program_id, member_id, account_id",
    "transaction": "program_id, member_id, transaction_id",
    "transfer": "program_id, member_id, transaction_id, line",
    "lot": "program_id, member_id, lot_id",
    "lot_move": "program_id, member_id, transaction_id, lot_id, what",
    "hold": "program_id, member_id, hold_id",
    "counter": "program_id, member_id, name, period",
    "claim": "program_id, key, scope",
    "parked_post": "program_id, member_id, parked_id",
    "pass": "program_id, member_id, pass_id",
    "apple_registration": "device_id, pass_id",
    "google_object": "program_id, member_id, pass_id",
    "merge": "program_id, member_id, merge_id",
    "erasure": "program_id, member_id, erasure_id",
    "household": "program_id, household_id",
    "household_member": "program_id, member_id",
    "delivery_count": "hour, what, outcome",
}

CHECKS = """
ALTER TABLE program ADD CONSTRAINT program_code_key UNIQUE (code);
ALTER TABLE program_version ADD CONSTRAINT program_version_positive CHECK (version > 0);
ALTER TABLE partner ADD CONSTRAINT partner_code_key UNIQUE (program_id, code);
ALTER TABLE credential ADD CONSTRAINT credential_audience_known CHECK (audience IN ('partner', 'operator')),
  ADD CONSTRAINT credential_is_proved_one_way CHECK ((secret_hash IS NULL) <> (public_key IS NULL)),
  ADD CONSTRAINT credential_location_is_a_partners CHECK (location IS NULL OR audience = 'partner');
ALTER TABLE member ADD CONSTRAINT member_status_known CHECK (status IN ('ACTIVE', 'FROZEN', 'CLOSED', 'MERGED', 'ERASED')),
  ADD CONSTRAINT member_merged_into_somebody CHECK ((status = 'MERGED') = (merged_into IS NOT NULL));
ALTER TABLE consent ADD CONSTRAINT consent_source_known CHECK (source ~ '^(APP|PAGE|OPERATOR|GUARDIAN|PARTNER:[0-9a-f-]{36})$');
ALTER TABLE account
  ADD CONSTRAINT account_kind_known CHECK (kind IN
    ('member', 'issued', 'redeemed', 'adjusted', 'breakage', 'written_off', 'transit', 'forfeited', 'paid_out')),
  ADD CONSTRAINT account_held_not_negative CHECK (held >= 0),
  ADD CONSTRAINT account_pending_not_negative CHECK (pending >= 0),
  ADD CONSTRAINT account_debt_not_negative CHECK (debt >= 0);
ALTER TABLE transaction ADD CONSTRAINT transaction_kind_known CHECK (kind IN
  ('ENROLMENT', 'PURCHASE', 'REDEMPTION', 'ADJUSTMENT', 'ACTIVATION', 'TIER_REVIEW', 'REVERSAL', 'ACTIVITY', 'EXPIRY', 'AUTHORIZATION', 'APPROVAL', 'VOID', 'LAPSE',
   'TRANSFER', 'MERGE', 'UNMERGE', 'CLOSURE', 'ERASURE', 'TIER_ASSIGNMENT', 'TIER_WARNING', 'REINSTATEMENT'));
ALTER TABLE transfer
  ADD CONSTRAINT transfer_amount_positive CHECK (amount > 0),
  ADD CONSTRAINT transfer_between_two_accounts CHECK (debit <> credit);
ALTER TABLE lot
  ADD CONSTRAINT lot_issued_positive CHECK (issued > 0),
  ADD CONSTRAINT lot_parts_not_negative CHECK (pending >= 0 AND open >= 0 AND held >= 0 AND burned >= 0 AND expired >= 0 AND clawed >= 0 AND moved >= 0),
  ADD CONSTRAINT lot_parts_make_the_whole CHECK (issued = pending + open + held + burned + expired + clawed + moved);
ALTER TABLE lot_move
  ADD CONSTRAINT lot_move_amount_positive CHECK (amount > 0),
  ADD CONSTRAINT lot_move_known CHECK (what IN
    ('accrue', 'accrue_pending', 'activate', 'burn', 'hold', 'release', 'capture', 'expire', 'claw', 'claw_pending', 'restore', 'reinstate', 'move_out', 'move_out_pending',
     'move_back', 'move_back_pending'));
ALTER TABLE hold
  ADD CONSTRAINT hold_state_known CHECK (state IN ('OPEN', 'CAPTURED', 'VOIDED', 'LAPSED')),
  ADD CONSTRAINT hold_amount_positive CHECK (amount > 0),
  ADD CONSTRAINT hold_captures_at_most_itself CHECK (captured BETWEEN 0 AND amount AND (captured > 0) = (state = 'CAPTURED')),
  -- Whatever a program does wrong: what waits for the member is never captured.
  ADD CONSTRAINT hold_approval_known CHECK (approval IN ('WAITING', 'APPROVED') AND NOT (approval = 'WAITING' AND state = 'CAPTURED')),
  ADD CONSTRAINT hold_settled_once CHECK ((state = 'OPEN') = (settled_by IS NULL));
ALTER TABLE pass
  ADD CONSTRAINT pass_state_known CHECK (state IN ('ISSUED', 'INSTALLED', 'REVOKED')),
  ADD CONSTRAINT pass_style_key UNIQUE (program_id, member_id, style);
ALTER TABLE pass_tag ADD CONSTRAINT pass_tag_one_row CHECK ("only");
INSERT INTO pass_tag DEFAULT VALUES;
"""

INDEXES = """
-- Whose card a scanner read; and one card at a time that counts.
CREATE UNIQUE INDEX card_key_id ON card_key (program_id, card_id);
CREATE UNIQUE INDEX card_key_current ON card_key (program_id, member_id) WHERE ended_at IS NULL;
CREATE INDEX used_code_at ON used_code (used_at);
CREATE INDEX credential_subject ON credential (program_id, audience, subject, created_at, client_id);
CREATE INDEX credential_announced ON credential (announced_at) WHERE announced_at IS NOT NULL;
CREATE INDEX nonce_ends ON nonce (ends_at);
CREATE INDEX identifier_member ON identifier (program_id, member_id);
-- Whom a member took over: they are one person, and end together.
CREATE INDEX member_merged_into ON member (program_id, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX standing_due ON standing (program_id, due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX transaction_version ON transaction (program_id, member_id, version DESC)
  WHERE member_id <> '00000000-0000-0000-0000-000000000000';  -- anonymous purchases have no order
-- What was reversed of a transaction, and who claimed an anonymous one.
CREATE INDEX transaction_of ON transaction (program_id, member_id, of_transaction) WHERE of_transaction IS NOT NULL;
-- Events that moved the date of a lot or a balance: what a past instant is told from.
CREATE INDEX transaction_dates ON transaction (program_id, member_id, version) WHERE detail ? 'dates';
-- A partner's list: UUIDv7 is the order of posting.
CREATE INDEX transaction_partner ON transaction (program_id, partner_id, transaction_id) WHERE partner_id IS NOT NULL;
CREATE INDEX lot_live ON lot (program_id, member_id) WHERE open > 0 OR pending > 0 OR held > 0;
CREATE INDEX hold_open ON hold (program_id, member_id) WHERE state = 'OPEN';
CREATE INDEX member_merged ON member (program_id, member_id) WHERE status = 'MERGED';
CREATE INDEX household_member_household ON household_member (program_id, household_id);
-- What was handed over and may still come back to its lots.
CREATE INDEX lot_move_out ON lot_move (program_id, member_id, lot_id) WHERE what IN ('move_out', 'move_out_pending');
-- First sides of transfers between members, whose second side a sweep looks for.
CREATE INDEX transaction_handed ON transaction (program_id, posted_at) WHERE kind = 'TRANSFER';
-- For the expiry sweep: lots are written in the order of their dates, so 72 kB do the work of 107 MB.
CREATE INDEX lot_expiry ON lot USING brin (expires_at);
CREATE INDEX parked_post_received ON parked_post (program_id, received_at, parked_id);
CREATE INDEX pass_stale ON pass (changed_at) WHERE shown < changed;
CREATE INDEX apple_registration_pass ON apple_registration (program_id, member_id, pass_id);
-- What the worker asks for several times a second: each index holds only what is due.
CREATE INDEX apple_registration_due ON apple_registration (retry_at) WHERE pushed_tag < wanted_tag;
CREATE INDEX apple_registration_unfetched ON apple_registration (pushed_at) WHERE fetched_tag < pushed_tag AND nudged_tag < pushed_tag;
CREATE INDEX google_object_due ON google_object (retry_at) WHERE sent_tag < wanted_tag;
CREATE INDEX apple_device_token ON apple_device (push_token);
CREATE INDEX pass_styled ON pass (program_id, styled);
"""

# Room on each page keeps frequent updates HOT.
FILLFACTOR = "".join(f"ALTER TABLE {table} SET (fillfactor = 80);\n" for table in ("standing", "account", "lot", "hold", "counter", "pass"))


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0001_tables")]

    operations = [
        RunSQL(
            "".join(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY ({columns});\n" for table, columns in KEYS.items())
        ),
        RunSQL(CHECKS),
        RunSQL(INDEXES),
        RunSQL(FILLFACTOR),
    ]
