"""What the APIs tell Prometheus; labels come from closed sets only."""

from enum import StrEnum

from prometheus_client import Counter, Histogram


class Outcome(StrEnum):
    """How an operation ended; of several errors the worst counts."""

    OK = "ok"
    REFUSED = "refused"  # by a rule, told in the data
    BAD_REQUEST = "bad_request"
    DENIED = "denied"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


REQUEST_SECONDS = Histogram(
    "honeyguide_graphql_seconds",
    "Time to answer a GraphQL request over HTTP; of an event stream until it begins.",
    ["audience", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
# Few buckets: there is a row of them for each operation and outcome.
OPERATION_SECONDS = Histogram(
    "honeyguide_operation_seconds",
    "Time of one query or mutation, whatever carried it.",
    ["audience", "operation", "outcome"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
ERRORS = Counter(
    "honeyguide_graphql_errors", "Errors that answers held, by extensions.code, each code once an answer.", ["audience", "code"]
)
