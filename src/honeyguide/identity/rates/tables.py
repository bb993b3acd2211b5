"""Table mapping of buckets of cost: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class RateBucketTable(Model):
    key = fields.BinaryField(primary_key=True, description="a hash of who calls; it names nobody")
    full_at = fields.DatetimeField(description="from then on the bucket is full, by the database's own clock")
    granted = fields.BigIntField(description="what the latest lease gave to a server process")

    class Meta:
        table = "rate_bucket"
        table_description = "What callers may still cost, over all server processes; unlogged, a bucket that is full again needs no row."
