"""How many pushes of each pass type may be under way, so that a stalled one takes no other's place; pure."""

from __future__ import annotations

from collections import Counter


class PushSlots:
    """Whoever holds as many as are free takes no more: one alone gets at least half of all, and there is always room for the next."""

    def __init__(self, total: int = 1000) -> None:
        self._total, self._held = total, Counter[str]()

    @property
    def room(self) -> int:
        """How many to start now: half of what is free, so that no single round takes it all."""
        return (self._total - self._held.total() + 1) // 2

    def full(self) -> list[str]:
        """Pass types that have to wait for an answer first."""
        free = self._total - self._held.total()
        return [pass_type for pass_type, held in self._held.items() if held >= free]

    def take(self, pass_type: str) -> None:
        self._held[pass_type] += 1

    def give_back(self, pass_type: str) -> None:
        self._held[pass_type] -= 1
        if not self._held[pass_type]:
            del self._held[pass_type]
