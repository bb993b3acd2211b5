"""Table mapping of the ledger slice: structure only, never loaded as objects; amounts are minor units of a unit."""

from tortoise import fields
from tortoise.models import Model


class StandingTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id)
    version = fields.BigIntField(db_default=0)
    tier = fields.TextField(null=True)
    tier_since = fields.DatetimeField(null=True)
    tier_until = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(
        null=True, description="no sooner than this something changes by itself: a lot matures or expires, a hold lapses, a tier ends"
    )
    warn_at = fields.DatetimeField(null=True, description="when the member is told that the tier is at risk (R34); null once told")
    changed_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True, description="since when these books take no postings, but for what may follow a closing")

    year_begins_on = fields.DateField(
        null=True, description="a day set by an operator whose anniversaries begin the member's tier year (R32)"
    )

    class Meta:
        table = "standing"
        table_description = "One row a member from enrolment on: the lock of the member; its version rises with each change."


class TierChangeTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, version)
    version = fields.BigIntField()
    tier = fields.TextField(null=True)
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)
    transaction_id = fields.UUIDField()

    class Meta:
        table = "tier_change"
        table_description = "Append-only: each tier a member held, and the transaction that gave it."


class AccountTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    account_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, account_id)
    unit = fields.TextField()
    kind = fields.TextField()
    owner = fields.UUIDField(description="member_id, partner_id, or program_id for the operator's own")
    posted = fields.BigIntField(db_default=0)
    held = fields.BigIntField(db_default=0)
    pending = fields.BigIntField(db_default=0)
    debt = fields.BigIntField(db_default=0)
    lasts_until = fields.DatetimeField(null=True, description="where activity moves the whole balance's date (R29): that date")

    class Meta:
        table = "account"
        table_description = "A balance; accounts of partners and of the system carry the nil member and no running balance."


class TransactionTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    transaction_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, transaction_id)
    version = fields.BigIntField(description="standing.version after it: the member's order of posting")
    kind = fields.TextField()
    of_transaction = fields.UUIDField(null=True)
    partner_id = fields.UUIDField(null=True)
    location = fields.TextField(null=True)
    reference = fields.TextField(null=True)
    business_date = fields.DateField(null=True)
    amount_minor = fields.BigIntField(null=True)
    currency = fields.TextField(null=True)
    occurred_at = fields.DatetimeField()
    posted_at = fields.DatetimeField()
    program_version = fields.IntField()
    detail = fields.JSONField()

    class Meta:
        table = "transaction"
        table_description = "Append-only: each business event with all it was decided from."


class TransferTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    transaction_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, transaction_id, line)
    line = fields.SmallIntField()
    unit = fields.TextField()
    debit = fields.UUIDField()
    credit = fields.UUIDField()
    amount = fields.BigIntField()
    balance_after = fields.BigIntField(description="posted balance of the member's account")

    class Meta:
        table = "transfer"
        table_description = "Append-only: one debit-credit line; it cannot be unbalanced."


class LotTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    lot_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, lot_id)
    transaction_id = fields.UUIDField()
    unit = fields.TextField()
    issuer = fields.UUIDField()
    earned_at = fields.DatetimeField()
    available_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True, description="null: never")
    issued = fields.BigIntField()
    pending = fields.BigIntField(db_default=0)
    open = fields.BigIntField(db_default=0)
    held = fields.BigIntField(db_default=0)
    burned = fields.BigIntField(db_default=0)
    expired = fields.BigIntField(db_default=0)
    clawed = fields.BigIntField(db_default=0)
    moved = fields.BigIntField(db_default=0, description="handed to another member")
    rolls = fields.BooleanField(db_default=False, description="its date is the later of expires_at and the account's lasts_until")

    class Meta:
        table = "lot"
        table_description = "What one accrual gave in one unit with one expiry date, and what became of it."


class LotMoveTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    transaction_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, transaction_id, lot_id, what)
    lot_id = fields.UUIDField()
    what = fields.TextField()
    amount = fields.BigIntField()

    class Meta:
        table = "lot_move"
        table_description = "Append-only: which part of which lot, so of which issuer, a transaction made, burned or ended."


class HoldTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    hold_id = fields.UUIDField(primary_key=True, description="the transaction that authorised it; its lot moves say which lots it pins")
    unit = fields.TextField()
    amount = fields.BigIntField()
    captured = fields.BigIntField(db_default=0)
    state = fields.TextField(db_default="OPEN")
    partner_id = fields.UUIDField()
    location = fields.TextField(null=True)
    proof = fields.TextField()
    authorised_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    settled_by = fields.UUIDField(null=True, description="the transaction that captured, voided or lapsed it")
    counter_name = fields.TextField(null=True, description="the counter it uses up; what is not captured goes back to it")
    counter_period = fields.TextField(null=True)
    approval = fields.TextField(null=True, description="WAITING: the member must approve it before it is captured; APPROVED: did so")

    class Meta:
        table = "hold"
        table_description = "A redemption authorised and not yet taken: it pins lots until it is captured, voided, or its time is over."


class CounterTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, name, period)
    name = fields.TextField()
    period = fields.TextField()
    value = fields.BigIntField()

    class Meta:
        table = "counter"
        table_description = "Caps, step carry, daily burns, and qualifying amounts (name qualifying/<metric>, one row a local day)."
