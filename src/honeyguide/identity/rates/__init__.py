"""How much a caller may cost, over all server processes (C3); README.md."""

from honeyguide.identity.rates.rate import Bucket, Empty, Rate, bucket_of
from honeyguide.identity.rates.rates import Rates

__all__ = ["Bucket", "Empty", "Rate", "Rates", "bucket_of"]
