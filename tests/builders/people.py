"""Members who earn, owe and have: in the words of tests about several of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from builders.returns import bought
from builders.shop import CLAIMS, HANDLE_KEY, Shop
from honeyguide.caller import Audience, Caller
from honeyguide.ledger.accounts import adjusted_account
from honeyguide.ledger.books import broken_rows
from honeyguide.ledger.draft import Draft
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.call import Call
from honeyguide.members.lookup import LookupPolicy
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Posted


def call_of(shop: Shop, member: UUID | None = None) -> Call:
    """A call of the operator, or of that member, at the clock's present time."""
    program_id = shop.applied.program_id
    caller = Caller(Audience.MEMBER, program_id, str(member)) if member else Caller(Audience.OPERATOR, program_id, "olivia")
    return Call(shop.database, shop.till, shop.applied, caller, LookupPolicy(program_id, None, HANDLE_KEY), CLAIMS, shop.clock())


async def earn(shop: Shop, member: UUID, amount: str = "20.00", **more: Any) -> Recorded:
    return await bought(shop, member, amount, **more)


class _Owe:
    reference = None
    reads = Reads(lots=True)

    def __init__(self, program_id: UUID, member_id: UUID, amount: int, unit: str) -> None:
        self.program_id, self.member_id, self.amount, self.unit = program_id, member_id, amount, unit
        self.transaction_id, self.key = uuid7(), Key("test", str(uuid4()), b"")

    def decide(self, books: Any, now: Any) -> Decision:
        draft = Draft(books, now)
        draft.owe(self.unit, self.amount)
        draft.transfer(self.unit, self.amount, adjusted_account(self.program_id, self.unit), to_member=False)
        row = Recorded(self.program_id, self.member_id, self.transaction_id, TransactionKind.ADJUSTMENT, now, now, 1)
        return Decision((draft.posting(row, lambda _: {"unit": self.unit, "quantity": -self.amount}),))


async def owe(shop: Shop, member: UUID, amount: int, unit: str = "points") -> None:
    """A member who has nothing open owes so much."""
    assert isinstance(await shop.till.submit(_Owe(shop.applied.program_id, member, amount, unit)), Posted)


async def balances(shop: Shop, member: UUID) -> dict[str, int]:
    """What is posted, by unit, without what is zero."""
    rows = await shop.database.pool.fetch("SELECT unit, posted FROM account WHERE member_id = $1 AND posted <> 0", member)
    return {row["unit"]: row["posted"] for row in rows}


async def sound(shop: Shop) -> bool:
    """No rule of the books is broken; says which where one is."""
    broken = await broken_rows(shop.database.pool)
    assert broken == []
    return True
