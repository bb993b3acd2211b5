"""A membership ends: holds lapse, what is unspent is forfeited or paid out as the program says, debts are written off, passes are void."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from honeyguide.database import Connection
from honeyguide.ledger.because import reason
from honeyguide.ledger.handovers import post_closing
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.own_events import post_lapses
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members import endings
from honeyguide.members.call import Call
from honeyguide.members.catching_up import catch_up
from honeyguide.members.households import membership
from honeyguide.members.leave_household import LeaveIntent
from honeyguide.members.merges import lock_members
from honeyguide.members.recorded_now import recorded_now
from honeyguide.members.store import MemberStatus
from honeyguide.programs.closing import OnClosing, on_closing, payout
from honeyguide.programs.current import Applied
from honeyguide.programs.program import Program
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Refusal, Refused, RetryLater
from honeyguide.till.together import submit_together

OPERATION = "closeAccount"
BY_MEMBER = "member"


@dataclass(frozen=True, slots=True)
class CloseAccount:
    """What a member sent; the caller has checked that he means it."""

    idempotency_key: str


class MembershipChanged(Exception):
    """Who ends with the member, or that he is in no household, was looked up before the locks, and is otherwise by now."""


@dataclass(frozen=True, slots=True)
class ClosingIntent:
    """`with_him`: whom he took over, for they are the same person, and end in the same commit."""

    applied: Applied
    member_id: UUID
    transaction_id: UUID
    key: Key | None
    by: str
    with_him: tuple[UUID, ...] = ()
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Mapping[UUID, Reads]:
        return {member_id: Reads(lots=True) for member_id in (self.member_id, *self.with_him)}

    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        mine = books[self.member_id]
        if mine.closed_at is not None:
            return Refusal("ACCOUNT_CLOSED")
        if self.by == BY_MEMBER and await self._frozen(connection):
            return Refusal("MEMBER_FROZEN")  # a payout would be a burn (R52)
        if await self._changed(connection):
            raise MembershipChanged
        others = [books[one] for one in self.with_him if one in books and books[one].closed_at is None]
        postings = [posting for one in (*others, mine) for posting in self._closed(one, now)]
        persons = (self.member_id, *self.with_him)
        await endings.close_member(connection, self.program_id, self.member_id, now)
        await endings.release_names(connection, self.program_id, persons)
        return Decision(tuple(postings))

    async def _frozen(self, connection: Connection) -> bool:
        locked = await lock_members(connection, self.program_id, (self.member_id,))
        return any(one.status is MemberStatus.FROZEN for one in locked.values())

    async def _changed(self, connection: Connection) -> bool:
        """Since it was looked up he was taken over, took over another or joined a household; under the locks nobody does."""
        locked = await lock_members(connection, self.program_id, (self.member_id,))
        if any(one.status is MemberStatus.MERGED for one in locked.values()):
            return True
        if await endings.merged_into(connection, self.program_id, self.member_id) != self.with_him:
            return True
        return await membership(connection, self.program_id, self.member_id) is not None

    def _closed(self, books: MemberBooks, now: datetime) -> tuple[Posting, ...]:
        program = self.applied.program
        dates, books = catch_up(books, self.applied, now, rows_from=None)
        lapses, books = post_lapses(books, self.applied.version, now, all_open=True)
        paid_out = frozenset(unit for unit in books.balances if on_closing(program, unit) is OnClosing.PAY_OUT)
        detail = closing_detail(program, books, paid_out, self.by)
        return (*dates, *lapses, post_closing(books, self._recorded(books, now), paid_out, lambda _: detail, now))

    def _recorded(self, books: MemberBooks, now: datetime) -> Recorded:
        mine = books.member_id == self.member_id
        transaction_id = self.transaction_id if mine else uuid5(self.transaction_id, str(books.member_id))
        return recorded_now(books, self.applied, transaction_id, TransactionKind.CLOSURE, now)


async def close_account(call: Call, request: CloseAccount) -> Outcome:
    """The caller's own membership ends; answered by the CLOSURE, refused with ACCOUNT_CLOSED where it had ended before."""
    key = call.key(OPERATION, request)
    first = await first_answer(call.database.pool, call.program_id, key)
    return first or await close(call, call.caller.member_id, key, by=BY_MEMBER)


async def close(call: Call, member_id: UUID, key: Key | None, by: str) -> Outcome:
    """First a household is left, in a commit of its own, for what the member takes along from its pool ends with him.

    Where a merge or a household came in between, all is looked up anew by the retry.
    """
    household = await membership(call.database.pool, call.program_id, member_id)
    if household is not None:
        leaving = LeaveIntent(call.applied, household.household_id, member_id, uuid7(), key=None, by=member_id)
        left = await submit_together(call.database, leaving, call.now)
        if isinstance(left, RetryLater) or (isinstance(left, Refused) and left.code == "HOLD_OPEN"):
            return left
    try:
        return await submit_together(call.database, await closing(call, member_id, key, by), call.now)
    except MembershipChanged:
        return RetryLater(after_seconds=1)


async def closing(call: Call, member_id: UUID, key: Key | None, by: str) -> ClosingIntent:
    return ClosingIntent(
        applied=call.applied,
        member_id=member_id,
        transaction_id=uuid7(),
        key=key,
        by=by,
        with_him=await endings.merged_into(call.database.pool, call.program_id, member_id),
    )


def closing_detail(program: Program, books: MemberBooks, paid_out: frozenset[str], by: str) -> dict[str, Any]:
    """What became of each unit, in its minor units; `payout` is what that is worth, in minor units of the program's currency."""
    units: dict[str, dict[str, int]] = {}
    for unit, balance in sorted(books.balances.items()):
        lots = [lot for lot in books.lots.values() if lot.unit == unit]
        unspent, pending = sum(lot.open for lot in lots), sum(lot.pending for lot in lots)
        paid = unspent if unit in paid_out else 0
        units[unit] = {
            "forfeited": unspent + pending - paid,
            "paid_out": paid,
            "payout": payout(program, unit, paid),
            "written_off": balance.debt,
        }
    because = [
        reason("", row["forfeited"] + row["paid_out"], unit, kind="closure", paid_out=row["payout"], forfeited=row["forfeited"])
        for unit, row in units.items()
    ]
    return {"by": by, "units": units, "because": because}
