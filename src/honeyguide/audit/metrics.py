"""What the trail tells Prometheus: whether the chain keeps up."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import Gauge

from honeyguide.audit import store
from honeyguide.database import Executor

UNCHAINED = Gauge("honeyguide_audit_unchained", "Rows of the audit trail that are in no link of the chain yet, counted up to 10,000.")
UNCHAINED_AGE = Gauge("honeyguide_audit_unchained_age_seconds", "How long the oldest of them waits; above a minute no worker chains.")


async def observe(executor: Executor, now: datetime) -> None:
    """Set both to what the database says now."""
    found = await store.backlog(executor)
    UNCHAINED.set(found.waiting)
    UNCHAINED_AGE.set(max((now - found.since).total_seconds(), 0) if found.since else 0)
