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


class FrozenTable(Model):
    program_id = fields.UUIDField()
    freeze_id = fields.UUIDField(primary_key=True)  # really (program_id, freeze_id)
    kind = fields.TextField()
    partner_id = fields.UUIDField()
    location = fields.TextField(null=True)
    cashier = fields.TextField(null=True)
    credential = fields.TextField(null=True)
    reason = fields.TextField()
    frozen_at = fields.DatetimeField()
    frozen_by = fields.TextField()
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.TextField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta:
        table = "frozen"
        table_description = "A partner, shop, cashier or credential whose posts wait for review; REVIEW: a partner that is new."
