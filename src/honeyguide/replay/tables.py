"""Table mapping of the replay: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class ReplayTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, name)
    name = fields.TextField()
    shift_days = fields.IntField(description="whole days that bring the last basket to the day before the first start")
    refunds = fields.IntField(description="per cent of the baskets that come back")
    redemptions = fields.IntField(description="per cent of the points that are redeemed")
    seed = fields.IntField(description="what draws which")
    started_at = fields.DatetimeField()

    class Meta:
        table = "replay"
        table_description = (
            "When a replay began and with which options: a resume on another day must post the same purchases with the same dates."
        )
