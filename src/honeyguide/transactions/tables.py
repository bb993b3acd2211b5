"""Table mapping of the transactions slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class ParkedPostTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    parked_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, parked_id)
    partner_id = fields.UUIDField()
    location = fields.TextField(null=True)
    reference = fields.TextField()
    business_date = fields.DateField()
    reason = fields.TextField()
    occurred_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    purchase = fields.JSONField()
    key = fields.TextField(null=True)
    key_scope = fields.TextField(null=True)
    decision = fields.TextField(null=True)
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.TextField(null=True)
    note = fields.TextField(null=True)
    settled_at = fields.DatetimeField(null=True)
    transaction_member = fields.UUIDField(null=True)
    transaction_id = fields.UUIDField(null=True)

    class Meta:
        table = "parked_post"
        table_description = "Purchases that somebody has to decide on before they are posted."


class ParkedDecisionTable(Model):
    program_id = fields.UUIDField()
    decision_id = fields.UUIDField(primary_key=True)  # really (program_id, decision_id)
    partner_id = fields.UUIDField()
    reason = fields.TextField(null=True)
    decision = fields.TextField()
    note = fields.TextField()
    decided_by = fields.TextField()
    decided_email = fields.BinaryField(null=True, description="a keyed hash of the decider's proved address: posts of his own are left out")
    decided_at = fields.DatetimeField(description="posts parked later are not meant")
    after_at = fields.DatetimeField(null=True)
    after_id = fields.UUIDField(null=True)
    settled = fields.BigIntField(db_default=0)
    refused = fields.BigIntField(db_default=0)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "parked_decision"
        table_description = "One decision about all parked posts of a partner, and how far the worker has come with it."


class TallyTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, subject, period)
    subject = fields.TextField()
    period = fields.TextField(description="a local day, or a minute")
    posts = fields.BigIntField()
    amount = fields.BigIntField()
    over_at = fields.DatetimeField(description="from then on no rule asks for it")

    class Meta:
        table = "tally"
        table_description = "What cashiers, shops, partners and credentials posted lately, in all processes."
