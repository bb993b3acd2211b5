"""What the till tells Prometheus: batch sizes show coalescing, the rest shows trouble."""

from prometheus_client import Counter, Histogram

BATCH_SIZE = Histogram("honeyguide_till_batch_size", "Intents decided in one database transaction.", buckets=(1, 2, 4, 8, 16, 32, 64, 128))
BATCH_SECONDS = Histogram(
    "honeyguide_till_batch_seconds",
    "Time of one batch from BEGIN to COMMIT.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
POSTED = Counter("honeyguide_till_postings", "Transactions written.")
RETRIED = Counter("honeyguide_till_batch_retries", "Batches tried again after a lost connection or a lock timeout.")
POISON = Counter("honeyguide_till_poison_items", "Items that the database refused to store.")
REFUSED_FULL = Counter("honeyguide_till_queue_full", "Items answered RETRY_LATER because a lane's queue was full.")
