"""A message on a member's passes, the same for every wallet; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PassMessage:
    """What it says in each language of the program; `notify`: the phone may ring; it leaves the pass at `ends_at`, None: never by itself."""

    id: UUID
    kind: str  # of the program file's pass_messages: welcome, points_expire, tier_at_risk, win_back
    header: Mapping[str, str]
    body: Mapping[str, str]
    posted_at: datetime
    ends_at: datetime | None
    notify: bool
