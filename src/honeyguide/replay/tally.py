"""What the server answered, added up; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from honeyguide.replay.acts import Act, Authorization, Capture, GiveBack, Redemption, Refund
from honeyguide.replay.posts import Post

RETRY_LATER = "RETRY_LATER"


@dataclass(slots=True)
class Tally:
    """`spend` and `accrued` are the server's figures, not ours; refusals are counted by code.

    `acts`: done by what they are; `returned` by partner and `redeemed` net of what came back: ours, of what the server took.
    """

    new: int = 0
    replayed: int = 0
    parked: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    spend: dict[str, Decimal] = field(default_factory=dict)
    accrued: dict[str, Decimal] = field(default_factory=dict)

    acts: Counter[str] = field(default_factory=Counter)
    acts_replayed: int = 0
    returned: dict[str, Decimal] = field(default_factory=dict)
    redeemed: int = 0
    holds: dict[str, str] = field(default_factory=dict)  # key of the authorisation -> id of its hold

    @property
    def answered(self) -> int:
        return self.new + self.replayed + self.parked + self.acts.total() + self.refused.total()

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

    def add_act(self, act: Act, answer: Mapping[str, Any]) -> float | None:
        """As `add`, of what follows from a basket."""
        if "code" in answer:
            if answer["code"] == RETRY_LATER:
                return float(answer.get("retryAfter") or 1)
            self.refused[answer["code"]] += 1
            return None
        self.acts[act.SAYS] += 1
        self.acts_replayed += answer["replayed"]
        match act:
            case Refund():
                _increase(self.returned, act.partner, Decimal(act.cents) / 100)
            case Authorization():
                self.holds[act.key("authorize")] = answer["hold"]["id"]
            case Redemption() | Capture():
                self.redeemed += act.quantity
            case GiveBack():
                self.redeemed -= act.quantity
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


def _increase(sums: dict[str, Decimal], name: str, amount: str | Decimal) -> None:
    sums[name] = sums.get(name, Decimal(0)) + Decimal(amount)
