"""What a test can tell the APNs simulator to do wrong, and what a phone hears."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Push:
    token: str = field(repr=False)
    topic: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer with this status; body None sends headers alone, as Apple sometimes does for 410 (N6)."""

    status: int
    reason: str | None = None
    timestamp: int | None = None  # milliseconds
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResetStream:
    code: int = 7  # REFUSED_STREAM


@dataclass(frozen=True, slots=True)
class GoAway:
    """Go away before this request: it and later ones are not answered on this connection, earlier ones are."""


@dataclass(frozen=True, slots=True)
class DropConnection:
    """Cut the line in mid-flight."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Answer 200 after so many seconds; None never answers."""

    seconds: float | None = None


Failure = Respond | ResetStream | GoAway | DropConnection | Hold
PushHeard = Callable[[Push], Awaitable[None]]
