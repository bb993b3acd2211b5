"""Table mapping of the members slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class MemberTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id)
    member_number = fields.TextField()
    locale = fields.TextField(description="the language spoken to the member: of the program's few, so it tells nobody apart")
    status = fields.TextField(db_default="ACTIVE")
    enrolled_at = fields.DatetimeField()
    enrolled_by = fields.UUIDField(null=True, description="the partner, when one enrolled the member")
    merged_into = fields.UUIDField(null=True, description="the member who took over, while status is MERGED")
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "member"
        table_description = "A membership: its number and what became of it; who it is stands in person, balances in account."


class PersonTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id)
    display_name = fields.TextField(null=True)
    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    birth_date = fields.BinaryField(null=True, description="sealed: ISO date")
    time_zone = fields.BinaryField(null=True, description="sealed: IANA name; null is the program's")
    quiet_hours = fields.BinaryField(null=True, description="sealed: JSON from, until; null is the program's")
    guardian = fields.BinaryField(null=True, description="sealed: JSON email, confirmed_at")

    class Meta:
        table = "person"
        table_description = "Who a member is: all personal data, and nothing else. What is searched is readable, the rest is sealed by row."


class ConsentTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    consent_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, consent_id)
    purpose = fields.TextField()
    given = fields.BooleanField(description="false: refused or withdrawn")
    at = fields.DatetimeField()
    source = fields.TextField(description="APP, PAGE, PARTNER:<partner id>, OPERATOR, GUARDIAN")
    text_version = fields.IntField(description="of the words that the person was shown")

    class Meta:
        table = "consent"
        table_description = (
            "Append-only: each consent given or withdrawn (R57); the newest of a purpose is in force. It holds nothing personal."
        )


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


class StaffTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, partner_id, origin_id)
    partner_id = fields.UUIDField()
    location = fields.TextField(null=True)
    cashier = fields.TextField(null=True)
    marked_at = fields.DatetimeField()
    marked_by = fields.TextField()
    origin_id = fields.UUIDField(description="who was marked: the member, or one whom he took over")

    class Meta:
        table = "staff"
        table_description = "Members who work at a partner, and as which cashier."


class FrozenMemberTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    freeze_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, freeze_id)
    reason = fields.TextField()
    frozen_at = fields.DatetimeField()
    frozen_by = fields.TextField()
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.TextField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta:
        table = "frozen_member"
        table_description = "Why a member is or was frozen, and by whom; whether he is stands in member."


class CardKeyTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, card_id)
    card_id = fields.TextField()
    sealed_key = fields.BinaryField(description="sealed: the key of the rotating code (RFC 6238)")
    made_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True, description="renewed: null is the one that counts")

    class Meta:
        table = "card_key"
        table_description = "The card in a member's app, by a random id that is no member number; and those before it."


class UsedCodeTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    card_id = fields.TextField()
    step = fields.BigIntField(primary_key=True)  # really (program_id, member_id, card_id, step)
    partner_id = fields.UUIDField()
    location = fields.TextField(null=True)
    used_at = fields.DatetimeField()
    reference = fields.TextField(null=True, description="the receipt of an offline till that used it, which may be posted again")

    class Meta:
        table = "used_code"
        table_description = "Rotating codes that were used up, and by whom: each proves once (R51)."


class PinTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id)
    sealed_hash = fields.BinaryField(description="sealed: an argon2 hash, for a few thousand guesses are nothing to who has the hash alone")
    set_at = fields.DatetimeField()
    wrong = fields.IntField(db_default=0, description="tries in a row")
    locked_until = fields.DatetimeField(null=True)

    class Meta:
        table = "pin"
        table_description = "What a member types at a till to prove who he is, and how often somebody was wrong."


class TierYearTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    setting_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, setting_id)
    set_at = fields.DatetimeField()
    starts = fields.DateField(null=True, description="null: the anniversary of joining again")

    class Meta:
        table = "tier_year"
        table_description = "Each day that an operator set to begin a member's tier years, never changed; an erasure takes it away."
