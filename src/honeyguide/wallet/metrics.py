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
