"""What cost tells Prometheus, by audience."""

from prometheus_client import Counter, Histogram

from honeyguide.caller import Audience

_COST = Histogram(
    "honeyguide_graphql_cost",
    "What operations cost: objects answered, and 10 a mutation.",
    ["audience"],
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000),
)
_THROTTLED = Counter(
    "honeyguide_graphql_throttled_total", "Operations refused because their caller's bucket of cost was empty.", ["audience"]
)
COST = {audience: _COST.labels(audience.value) for audience in Audience}
THROTTLED = {audience: _THROTTLED.labels(audience.value) for audience in Audience}
