"""Says whose books changed: a notice after the commit and outside of it, for whoever waits; it can be lost, so it is never the truth."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from uuid import UUID

POSTED = "honeyguide_posted"
# PostgreSQL takes 8,000 bytes.
MOST_NAMES = 870


def name_of(member_id: UUID) -> str:
    """Eight characters, from the random end of the id: enough to know one's own by, and a stranger's at worst wakes somebody for nothing."""
    return urlsafe_b64encode(member_id.bytes[-6:]).decode()


def names_of(payload: str) -> list[str]:
    """Whom a notice names; empty where it means somebody, whoever that is."""
    return payload.split(",") if payload else []


def notice(members: Iterable[UUID]) -> str:
    """The statement that names them, or somebody where they are too many."""
    names = sorted({name_of(member_id) for member_id in members})
    return f"NOTIFY {POSTED}, '{','.join(names)}'" if len(names) <= MOST_NAMES else f"NOTIFY {POSTED}"
