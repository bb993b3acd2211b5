"""Table mapping of the members slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class MemberTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id)
    member_number = fields.TextField()
    display_name = fields.TextField(null=True)
    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    locale = fields.TextField()
    status = fields.TextField(db_default="ACTIVE")
    enrolled_at = fields.DatetimeField()
    enrolled_by = fields.UUIDField(null=True, description="the partner, when one enrolled the member")

    class Meta:
        table = "member"
        table_description = "A person in a program: profile only, balances are in account."


class IdentifierTable(Model):
    program_id = fields.UUIDField()
    kind = fields.TextField(description="number, email, phone, barcode, pass (= Apple serial)")
    value = fields.TextField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, kind, value)

    class Meta:
        table = "identifier"
        table_description = "The lookup: everything that names a member. Not distributed by member."
