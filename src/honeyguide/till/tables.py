"""Table mapping of the till: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class ClaimTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, key, scope)
    key = fields.TextField()
    scope = fields.TextField()
    request_hash = fields.BinaryField(null=True)
    member_id = fields.UUIDField(null=True)
    transaction_id = fields.UUIDField(null=True)
    outcome = fields.JSONField(null=True, description="null where the transaction tells it")
    claimed_at = fields.DatetimeField()

    class Meta:
        table = "claim"
        table_description = (
            "Idempotency keys and references: who claims first posts. The only table of the post path not distributed by member."
        )
