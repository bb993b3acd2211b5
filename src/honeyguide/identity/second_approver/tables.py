"""Table mapping of what waits for a second person: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class ApprovalTable(Model):
    program_id = fields.UUIDField()
    approval_id = fields.UUIDField(primary_key=True)  # really (program_id, approval_id)
    operation = fields.TextField()
    request = fields.JSONField(description="what will be carried out: members by id, nothing personal")
    request_hash = fields.BinaryField()
    key = fields.TextField(description="the idempotency key of the request, in the scope of asked_by")
    asked_by = fields.TextField()
    asked_email = fields.BinaryField(null=True, description="a keyed hash of the asker's proved address")
    asked_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(description="after it nobody approves it any more")
    members = ArrayField("uuid")
    state = fields.TextField()
    decided_by = fields.TextField(null=True)
    decided_at = fields.DatetimeField(null=True)
    note = fields.TextField(null=True)
    outcome = fields.JSONField(null=True, description="null until it is known: a transaction, a version, or a refusal")

    class Meta:
        table = "approval"
        table_description = "Acts of operators above a limit, and what a second person said to them."


class ByHandTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, operator, key)
    operator = fields.TextField()
    key = fields.TextField(description="the idempotency key of the request")
    request_hash = fields.BinaryField()
    summed = fields.TextField(description="GOODWILL, ADJUST or TRANSFER")
    unit = fields.TextField()
    amount = fields.BigIntField()
    member_id = fields.UUIDField()
    other_id = fields.UUIDField(null=True, description="the other side of a transfer")
    at = fields.DatetimeField()
    day = fields.DateField(description="of the program")

    class Meta:
        table = "by_hand"
        table_description = "What operators moved alone lately, counted against the limits of the program file; kept for a week."
