"""What the APIs tell Prometheus; labels come from closed sets only."""

from prometheus_client import Histogram

REQUEST_SECONDS = Histogram(
    "honeyguide_graphql_seconds",
    "Time to answer a GraphQL request.",
    ["audience", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
