"""What the server answered, added up; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from honeyguide.replay.posts import Post

RETRY_LATER = "RETRY_LATER"


@dataclass(slots=True)
class Tally:
    """`spend` and `accrued` are the server's figures, not ours; refusals are counted by code."""

    new: int = 0
    replayed: int = 0
    parked: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    spend: dict[str, Decimal] = field(default_factory=dict)
    accrued: dict[str, Decimal] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return self.new + self.replayed + self.parked + self.refused.total()

    def add(self, post: Post, result: Mapping[str, Any]) -> float | None:
        """Count one answer; or, where the till was too busy, the seconds after which to ask again."""
        match result["__typename"]:
            case "TransactionPosted":
                self._posted(post, result)
            case "TransactionParked":
                self.parked += 1
            case _ if result["code"] == RETRY_LATER:
                return float(result.get("retryAfter") or 1)
            case _:
                self.refused[result["code"]] += 1
        return None

    def _posted(self, post: Post, result: Mapping[str, Any]) -> None:
        if result["replayed"]:
            self.replayed += 1
        else:
            self.new += 1
        transaction = result["transaction"]
        _increase(self.spend, post.partner, transaction["amount"]["amount"])
        for accrual in transaction["accruals"]:
            _increase(self.accrued, accrual["unit"]["code"], accrual["quantity"])


def _increase(sums: dict[str, Decimal], name: str, amount: str) -> None:
    sums[name] = sums.get(name, Decimal(0)) + Decimal(amount)
