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
    merged_into = fields.UUIDField(null=True, description="the member who took over, while status is MERGED")
    closed_at = fields.DatetimeField(null=True)

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


class MergeTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    merge_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, merge_id)
    target_id = fields.UUIDField()
    merged_at = fields.DatetimeField()
    merged_by = fields.TextField()
    unmerged_at = fields.DatetimeField(null=True)
    unmerged_by = fields.TextField(null=True)
    detail = fields.JSONField(description="what an unmerge gives back: identifiers, tiers, lots handed over")

    class Meta:
        table = "merge"
        table_description = "A member taken over by another (R40), and whether that was taken back."


class ErasureTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    erasure_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, erasure_id)
    erased_at = fields.DatetimeField()
    erased_by = fields.TextField()
    certificate = fields.JSONField(description="what was removed, by kind and number, and the totals before and after")

    class Meta:
        table = "erasure"
        table_description = "Append-only: the certificate of each erasure (R41); it holds nothing personal."


class HouseholdTable(Model):
    program_id = fields.UUIDField()
    household_id = fields.UUIDField(primary_key=True, description="also the member_id of the pool's books")
    owner_id = fields.UUIDField()
    created_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "household"
        table_description = "Members who earn into one pool; its books are kept under its own id."


class HouseholdMemberTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id)
    household_id = fields.UUIDField()
    may_burn = fields.BooleanField(db_default=False)
    joined_at = fields.DatetimeField()
    since_version = fields.BigIntField(description="the member's standing when joining: what is earned later goes to the pool")

    class Meta:
        table = "household_member"
        table_description = "The household that a member belongs to now; who left is in the books."
