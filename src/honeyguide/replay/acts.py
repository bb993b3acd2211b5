"""What happens after a basket: a part of it comes back, points are redeemed, reserved, captured, given back; pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from honeyguide.replay import documents
from honeyguide.replay.posts import CURRENCY, dollars, email_of, store_code

POINTS = "points"
ACTS = "acts"  # a lane of their own, for they are no batch
# A run may be ended and gone on with later; what is reserved must not lapse meanwhile.
HOLD_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Act(ABC):
    """One mutation of one member; the same in every run with the same seed, so the server knows it again by key and reference."""

    MUTATION: ClassVar[str]
    SAYS: ClassVar[str]  # how the summary counts it

    partner: str
    household: int
    basket: int  # what it follows from
    store: int
    seed: int
    occurred_at: datetime

    @property
    def lane(self) -> str:
        return ACTS

    @property
    def size(self) -> int:
        return 0

    @abstractmethod
    def as_input(self, holds: Mapping[str, str]) -> dict[str, Any]:
        """The mutation's input; `holds`: ids of holds by the key of their authorisation."""

    def key(self, name: str) -> str:
        return f"complete-journey/{self.seed}/{name}/{self.partner}/{self.basket}"


@dataclass(frozen=True, slots=True)
class Refund(Act):
    """A part of a purchase comes back: all that is left of it, an amount, or lines as {line id: (quantity, cents)}; `cents` in each case."""

    MUTATION = documents.REVERSE
    SAYS = "returns"

    number: int  # of the parts of this purchase, from 1
    cents: int
    whole: bool = False
    lines: Mapping[int, tuple[int, int]] | None = None

    def as_input(self, holds: Mapping[str, str]) -> dict[str, Any]:
        return {
            "idempotencyKey": f"{self.key('refund')}/{self.number}",
            "transaction": {"purchase": {"reference": str(self.basket), "location": store_code(self.store)}},
            "reference": f"{self.basket}-{self.number}",
            "occurredAt": self.occurred_at.isoformat(),
            "location": store_code(self.store),
            "what": self._what(),
        }

    def _what(self) -> dict[str, Any]:
        if self.whole:
            return {"whole": True}
        if self.lines is None:
            return {"amount": {"amount": dollars(self.cents), "currency": CURRENCY}}
        lines = self.lines.items()
        return {"lines": [{"lineId": str(n), "quantity": str(many), "amount": dollars(cents)} for n, (many, cents) in lines]}


@dataclass(frozen=True, slots=True)
class Redemption(Act):
    """Points pay for something, at once."""

    MUTATION = documents.REDEEM
    SAYS = "redemptions at once"

    quantity: int

    def as_input(self, holds: Mapping[str, str]) -> dict[str, Any]:
        return {**self._asked("redeem"), "occurredAt": self.occurred_at.isoformat()}

    def _asked(self, name: str) -> dict[str, Any]:
        return {
            "idempotencyKey": self.key(name),
            "member": {"email": email_of(self.household)},
            "unit": POINTS,
            "quantity": str(self.quantity),
            "reference": f"{self.basket}-redemption",
            "location": store_code(self.store),
        }


@dataclass(frozen=True, slots=True)
class Authorization(Redemption):
    """Points are reserved, to be captured later."""

    MUTATION = documents.AUTHORIZE
    SAYS = "reservations"

    def as_input(self, holds: Mapping[str, str]) -> dict[str, Any]:
        return {**self._asked("authorize"), "ttlSeconds": HOLD_SECONDS}


@dataclass(frozen=True, slots=True)
class Capture(Act):
    """So much of what was reserved after the same basket is taken; the rest goes back."""

    MUTATION = documents.CAPTURE
    SAYS = "captures"

    quantity: int

    def as_input(self, holds: Mapping[str, str]) -> dict[str, Any]:
        return {"idempotencyKey": self.key("capture"), "holdId": holds[self.key("authorize")], "quantity": str(self.quantity)}


@dataclass(frozen=True, slots=True)
class GiveBack(Act):
    """So much of the redemption after the same basket is the member's again."""

    MUTATION = documents.REVERSE
    SAYS = "redemptions taken back"

    quantity: int

    def as_input(self, holds: Mapping[str, str]) -> dict[str, Any]:
        named = {"reference": f"{self.basket}-redemption", "location": store_code(self.store), "kind": "REDEMPTION"}
        return {
            "idempotencyKey": self.key("give-back"),
            "transaction": {"purchase": named},
            "reference": f"{self.basket}-redemption-back",
            "occurredAt": self.occurred_at.isoformat(),
            "location": store_code(self.store),
            "what": {"quantity": str(self.quantity)},
        }
