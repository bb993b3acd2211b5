"""What phones ask and log, and what APNs refuses, for Prometheus; labels come from closed sets."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

PHONE_REQUEST = Histogram(
    "honeyguide_phone_request_seconds",
    "Time to answer an iPhone's request.",
    ["task", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2),
)
PHONE_LOG_LINES = Counter("honeyguide_phone_log_lines_total", "Lines that iPhones logged at us.", ["task", "code"])
PHONE_LOG_DROPPED = Counter("honeyguide_phone_log_dropped_total", "Log lines of iPhones beyond the rate, dropped unread.")

_UP_TO = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 10, 30, 60, 300, 900, 3600, 86400)
COMMIT_TO = {
    "push": Histogram(
        "honeyguide_commit_to_push_seconds", "From the commit of a change until APNs took the push for a phone.", buckets=_UP_TO
    ),
    "fetch": Histogram(
        "honeyguide_commit_to_fetch_seconds", "From the commit of a change until the phone fetched the pass.", buckets=_UP_TO
    ),
}
PUSHES = Counter("honeyguide_pushes_total", "Pushes by what APNs said.", ["outcome"])
PUSHES_REFUSED = Counter("honeyguide_pushes_refused_total", "Pushes that APNs refuses through our fault, or our certificate's.", ["reason"])
