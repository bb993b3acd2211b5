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

    class Meta:
        table = "parked_post"
        table_description = "Purchases that somebody has to decide on before they are posted."
