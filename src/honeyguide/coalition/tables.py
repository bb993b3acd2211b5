"""Table mapping of the coalition slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class PartnerTable(Model):
    program_id = fields.UUIDField()
    partner_id = fields.UUIDField(primary_key=True)  # really (program_id, partner_id)
    code = fields.TextField()
    name = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "partner"
        table_description = "A company that issues or accepts in a program; what it may do stands in the program file."


class LocationTable(Model):
    program_id = fields.UUIDField()
    partner_id = fields.UUIDField(primary_key=True)  # really (program_id, partner_id, code)
    code = fields.TextField()
    name = fields.TextField()
    time_zone = fields.TextField(null=True)

    class Meta:
        table = "location"
        table_description = "A shop of a partner."
