"""A member leaves a household, or its owner removes him, with what the program says that he takes along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection
from honeyguide.ledger.handovers import Handover, all_of, homecoming, lost_of, other_side, owed_of, post_handing_in, post_handing_out
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members import endings, households
from honeyguide.members.call import Call
from honeyguide.members.catching_up import catch_up
from honeyguide.members.handed import EVER, handed_debts, handed_lots
from honeyguide.members.handing_over import handing_in_detail, handing_out_detail
from honeyguide.members.households import Membership
from honeyguide.members.recorded_now import recorded_now
from honeyguide.programs.current import Applied
from honeyguide.programs.households import LeavesWith
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Refusal, Refused
from honeyguide.till.reading import read_books
from honeyguide.till.together import submit_together

LEAVE, REMOVE = "leaveHousehold", "removeHouseholdMember"


@dataclass(frozen=True, slots=True)
class LeaveRequest:
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class RemoveRequest:
    """`member_id` None: what was sent names nobody."""

    idempotency_key: str
    member_id: UUID | None


async def leave_household(call: Call, request: LeaveRequest) -> Outcome:
    """Posted is the pool's side. An owner who leaves is followed by the longest member; the last one closes the household."""
    key, member_id = call.key(LEAVE, request), call.caller.member_id
    mine = await households.membership(call.database.pool, call.program_id, member_id)
    if mine is None:
        first = await first_answer(call.database.pool, call.program_id, key)
        return first or Refused("NOT_FOUND", {}, replayed=False)
    intent = LeaveIntent(call.applied, mine.household_id, member_id, uuid7(), key, by=member_id)
    return await submit_together(call.database, intent, call.now)


async def remove_member(call: Call, request: RemoveRequest) -> Outcome:
    """The owner removes another member, who takes along what he would take when leaving."""
    key, owner_id = call.key(REMOVE, request), call.caller.member_id
    mine = await households.membership(call.database.pool, call.program_id, owner_id)
    if mine is None or request.member_id is None:
        return Refused("NOT_FOUND", {"path": ["member"]}, replayed=False)
    if not mine.is_owner or request.member_id == owner_id:
        return Refused("NOT_ALLOWED", {"path": ["member"]}, replayed=False)
    intent = LeaveIntent(call.applied, mine.household_id, request.member_id, uuid7(), key, by=owner_id)
    return await submit_together(call.database, intent, call.now)


@dataclass(frozen=True, slots=True)
class LeaveIntent:
    """`member_id` is the pool, which hands out."""

    applied: Applied
    member_id: UUID
    leaver_id: UUID
    transaction_id: UUID
    key: Key | None
    by: UUID
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Mapping[UUID, Reads]:
        return {self.member_id: Reads(lots=True, expired_since=EVER), self.leaver_id: Reads(lots=True)}

    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        members = await households.household_members(connection, self.program_id, self.member_id)
        leaver = next((one for one in members if one.member_id == self.leaver_id), None)
        if leaver is None:
            return Refusal("NOT_FOUND", {"path": ["member"]})
        if self.by not in (self.leaver_id, leaver.owner_id):
            return Refusal("NOT_ALLOWED", {"path": ["member"]})
        pool, is_last = books[self.member_id], len(members) == 1
        if is_last and any(hold.is_open(now) for hold in pool.holds.values()):
            return Refusal("HOLD_OPEN", {})
        left = await handed_lots(connection, self.program_id, self.leaver_id)
        homes = {became: one.lot_id for became, one in left.items() if became in pool.lots}
        past = tuple({left[became].transaction_id for became in homes})
        mine = await read_books(connection, self.program_id, self.leaver_id, Reads(lots=True, past=past), now)
        assert mine is not None  # its standing is locked
        decision = self.taken(pool, mine, homes, await self._debts(connection, leaver), now, all_is_his=is_last)
        await self._gone(connection, leaver, [one for one in members if one is not leaver], now)
        return decision

    async def _debts(self, connection: Connection, leaver: Membership) -> dict[str, int]:
        """What the pool came to owe by returns of what he bought, or whoever he took over: they are one person."""
        persons = (self.leaver_id, *await endings.merged_into(connection, self.program_id, self.leaver_id))
        return await handed_debts(connection, self.program_id, persons, self.member_id, leaver.joined_at)

    def taken(
        self,
        pool: MemberBooks,
        mine: MemberBooks,
        homes: Mapping[UUID, UUID],
        debts: Mapping[str, int],
        now: datetime,
        *,
        all_is_his: bool,
    ) -> Decision:
        """What is left of the leaver's own lots goes back to them, his debts with them or alone; the last one takes all; pure."""
        of_pool, pool = catch_up(pool, self.applied, now, rows_from=None)
        of_mine, mine = catch_up(mine, self.applied, now, rows_from=None)
        rules, handover = self.applied.program.households, Handover()
        if all_is_his:
            handover = all_of(pool)
        elif rules is None or rules.leaves_with is LeavesWith.OWN:
            handover = homecoming(pool, homes)
        handover = replace(handover, debts=handover.debts if all_is_his else owed_of(pool, debts), lost=lost_of(pool, homes))
        facts = {"reason": "household_leave", "household": str(self.member_id)}
        first = recorded_now(pool, self.applied, self.transaction_id, TransactionKind.TRANSFER, now)
        second = recorded_now(mine, self.applied, other_side(self.transaction_id), TransactionKind.TRANSFER, now)
        detail = handing_out_detail(handover, self.leaver_id, self.transaction_id, facts)
        received = post_handing_in(mine, second, handover, lambda _: handing_in_detail(handover, self.member_id, facts), now, homes)
        return Decision((*of_pool, *of_mine, received, post_handing_out(pool, first, handover, lambda _: detail, now)))

    async def _gone(self, connection: Connection, leaver: Membership, rest: list[Membership], now: datetime) -> None:
        await households.delete_member(connection, self.program_id, self.member_id, self.leaver_id)
        if not rest:
            await households.close_household(connection, self.program_id, self.member_id, now)
        elif leaver.is_owner:
            await households.set_owner(connection, self.program_id, self.member_id, rest[0].member_id)
