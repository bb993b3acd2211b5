"""How often a pass may still notify: three times in 24 hours, whether by update or by message (G8, R45)."""

from __future__ import annotations

from typing import Protocol

PER_DAY = 3


class Allowance(Protocol):
    """What one object may still wake its owner by; it counts before it is asked for, so that no crash forgets it."""

    async def take(self) -> bool:
        """One of the day's, or False."""

    async def give_back(self) -> None:
        """Google did not take what it was for."""

    async def exhausted(self) -> None:
        """Google refused, so it counted more than we know of."""
