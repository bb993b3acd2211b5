"""Table mapping of messages on passes: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class PassMessageTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    message_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, message_id)
    kind = fields.TextField(description="welcome, points_expire, tier_at_risk, win_back")
    occasion = fields.TextField(description="what it was written for, such as the day on which points expire: once each")
    header = fields.JSONField(description="by language")
    body = fields.JSONField(description="by language")
    notify = fields.BooleanField(description="the phone may ring")
    posted_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True, description="then it leaves the passes; null: it stays until its reason is gone")
    gone = fields.BooleanField(db_default=False, description="it ended, and the passes were marked to be drawn without it")

    class Meta:
        table = "pass_message"
        table_description = "What stands, or stood, on a member's passes as a message."


class PassMessageWalkTable(Model):
    program_id = fields.UUIDField(primary_key=True)
    after_member = fields.UUIDField(description="members up to this one were looked at in this walk")
    begun_at = fields.DatetimeField(description="when this walk over all holders of passes began")
    done = fields.BooleanField(db_default=False, description="it reached the last one; the next begins after a pause")

    class Meta:
        table = "pass_message_walk"
        table_description = "How far the worker got with looking who is due a message: one row a program."
