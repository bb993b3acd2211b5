"""A transfer: one line of the books that moves a positive amount from one account to another, so it cannot be unbalanced."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount` minor units of `unit`; `balance_after` is the posted balance of the member's account after this line."""

    unit: str
    debit: UUID
    credit: UUID
    amount: int
    balance_after: int

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a transfer moves a positive amount")
        if self.debit == self.credit:
            raise ValueError("a transfer needs two accounts")
