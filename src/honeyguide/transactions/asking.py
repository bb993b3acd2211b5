"""How often a till may ask a member to approve: a stranger who knows a number must not pin all points, nor pester; pure."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from honeyguide.ledger.holds import HoldState
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.programs.program import Program
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions.burn_limits import limit_refusal, next_day

# A quarter of an hour is a long time at a till; after it the points are the member's again.
LONGEST_WAIT = timedelta(minutes=15)
MOST_WAITING = 2  # at a time, and one a partner
MOST_ASKED = 5  # a day and partner; who is declined once has asked for the last time that day


def asks_too_much(program: Program, books: MemberBooks, partner_id: UUID, day: str) -> Refusal | None:
    """Whether the partner may not ask now; the books are up to date, so that every open hold has its time left."""
    waiting = [hold for hold in books.holds.values() if hold.waits and hold.state is HoldState.OPEN]
    if len(waiting) >= MOST_WAITING or any(hold.partner_id == partner_id for hold in waiting):
        return limit_refusal("approvals_at_once", resets_at=min(hold.expires_at for hold in waiting))
    if books.counter(*asked_counter(partner_id, day)) >= MOST_ASKED:
        return limit_refusal("approvals_a_day", most=MOST_ASKED, resets_at=next_day(program, day))
    return None


def asked_counter(partner_id: UUID, day: str) -> tuple[str, str]:
    """How often a partner asked on a local day."""
    return (f"asked/{partner_id}", day)
