"""What the till answers an intent: posted, refused, or one of the reasons why neither happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import Recorded

# What is above a limit is parked by whoever asked, under the same key and reference; its `reason` says which.
PARK = "PARK"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an intent decided: postings in order; the last one is its answer, those before it are dates that had come.

    `books` only where they know more than the last posting: a date that came and changed nothing.
    """

    postings: tuple[Posting, ...]
    books: MemberBooks | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A business refusal decided under the lock; it is kept, so a retry hears the same. `data` is plain JSON."""

    code: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    recorded: Recorded
    replayed: bool


@dataclass(frozen=True, slots=True)
class Refused:
    code: str
    data: Mapping[str, Any]
    replayed: bool


@dataclass(frozen=True, slots=True)
class KeyConflict:
    """The idempotency key was used for another body (R1)."""


@dataclass(frozen=True, slots=True)
class ReferenceTaken:
    """The reference was posted before (R2): by `recorded`, or it was parked as `outcome` tells."""

    recorded: Recorded | None
    outcome: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The queue is full or the database is away; nothing is known to be written, the same key may be sent again."""

    after_seconds: int


Outcome = Posted | Refused | KeyConflict | ReferenceTaken | RetryLater
