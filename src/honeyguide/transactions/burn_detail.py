"""What is kept with whatever takes points from a member, and what it moves besides them; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from honeyguide.ledger.because import reason
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.programs.expiry import lasts_until
from honeyguide.programs.program import Program
from honeyguide.transactions.purchase_detail import after_detail


def burn_detail(
    program: Program, kind: str, unit: str, amount: int, before: MemberBooks, after: MemberBooks, now: datetime, **facts: Any
) -> dict[str, Any]:
    """`kind` is what the explanation says it was: redemption, hold or void; facts that are None or empty are left out."""
    return {
        "unit": unit,
        "quantity": amount,
        **{name: value for name, value in facts.items() if value},
        "because": [reason("", amount, unit, kind=kind, lots=_lots_taken(before, after))],
        "after": after_detail(program, after, now),
    }


def kept_alive(program: Program, unit: str, books: MemberBooks, moment: datetime) -> dict[str, datetime]:
    """To when a redemption moves the date of its unit's whole balance, where the program says that it does (R29)."""
    until = lasts_until(program, unit, "redemption", program.local_day(moment), books.tier_at(moment))
    return {} if until is None else {unit: until}


def _lots_taken(before: MemberBooks, after: MemberBooks) -> int:
    """How many lots paid for it, or are pinned by it."""
    return sum(
        lot.burned > before.lots[lot_id].burned or lot.held > before.lots[lot_id].held
        for lot_id, lot in after.lots.items()
        if lot_id in before.lots
    )
