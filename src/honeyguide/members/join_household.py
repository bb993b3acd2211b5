"""A member founds a household, or joins one by an invitation, with what the program says that he brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from uuid_utils.compat import uuid7

from honeyguide.database import Connection
from honeyguide.ledger.books import open_member
from honeyguide.ledger.handovers import Handover, other_side, post_handing_in, post_handing_out, unowed_of
from honeyguide.ledger.holds import HoldState
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members import households
from honeyguide.members.call import Call
from honeyguide.members.catching_up import catch_up
from honeyguide.members.handing_over import handing_in_detail, handing_out_detail
from honeyguide.members.households import Membership
from honeyguide.members.invitation import open_invitation
from honeyguide.members.merges import lock_members
from honeyguide.members.recorded_now import recorded_now
from honeyguide.members.store import MemberStatus
from honeyguide.programs.current import Applied
from honeyguide.programs.households import Households, JoinsWith
from honeyguide.sealed import SealKey
from honeyguide.till.claims import claim_key
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Refusal, Refused
from honeyguide.till.together import submit_together

FOUND, JOIN = "foundHousehold", "joinHousehold"


@dataclass(frozen=True, slots=True)
class FoundRequest:
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class JoinRequest:
    idempotency_key: str
    token: str


async def found_household(call: Call, request: FoundRequest) -> Outcome:
    """Posted is the founder's side; he owns the household and may redeem from its pool."""
    rules = call.applied.program.households
    if rules is None:
        return Refused("NOT_ALLOWED", {}, replayed=False)
    intent = JoinIntent(call.applied, rules, call.caller.member_id, uuid4(), uuid7(), call.key(FOUND, request), founds=True)
    return await submit_together(call.database, intent, call.now)


async def join_household(call: Call, request: JoinRequest, invitation_key: SealKey) -> Outcome:
    """Posted is the joining member's side."""
    rules, key = call.applied.program.households, call.key(JOIN, request)
    invitation = open_invitation(invitation_key, call.program_id, request.token, call.now)
    if rules is None or invitation is None:
        first = await first_answer(call.database.pool, call.program_id, key)  # a retry after the invitation's end
        return first or Refused("CODE_REJECTED", {"path": ["token"]}, replayed=False)
    intent = JoinIntent(call.applied, rules, call.caller.member_id, invitation.household_id, uuid7(), key, founds=False)
    return await submit_together(call.database, intent, call.now)


@dataclass(frozen=True, slots=True)
class JoinIntent:
    applied: Applied
    rules: Households
    member_id: UUID
    household_id: UUID
    transaction_id: UUID
    key: Key | None
    founds: bool
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Mapping[UUID, Reads]:
        return {self.member_id: Reads(lots=True), self.household_id: Reads(lots=True)}

    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        refusal = await self._refused(connection)
        if refusal is not None:
            return refusal
        pool = await self._opened(connection, now) if self.founds else books[self.household_id]
        decision = self.brought(books[self.member_id], pool, now)
        if isinstance(decision, Refusal):
            return decision
        joined = Membership(self.household_id, self.member_id, may_burn=self.founds, joined_at=now, owner_id=self.member_id)
        await households.insert_member(connection, self.program_id, joined, decision.postings[-1].books.version)
        return decision

    def brought(self, mine: MemberBooks, pool: MemberBooks, now: datetime) -> Decision | Refusal:
        """What the member has goes to the pool, or nothing does, as the program says; his debts stay his; pure."""
        of_mine, mine = catch_up(mine, self.applied, now, rows_from=None)
        of_pool, pool = catch_up(pool, self.applied, now, rows_from=None)
        handover = Handover()
        if self.rules.joins_with is JoinsWith.BALANCE:
            if any(hold.state is HoldState.OPEN for hold in mine.holds.values()):
                return Refusal("HOLD_OPEN", {})
            handover = unowed_of(mine)
        facts = {"reason": "household_join", "household": str(self.household_id)}
        first = recorded_now(mine, self.applied, self.transaction_id, TransactionKind.TRANSFER, now)
        second = recorded_now(pool, self.applied, other_side(self.transaction_id), TransactionKind.TRANSFER, now)
        detail = handing_out_detail(handover, self.household_id, self.transaction_id, facts)
        received = post_handing_in(pool, second, handover, lambda _: handing_in_detail(handover, self.member_id, facts), now)
        given: Posting = post_handing_out(mine, first, handover, lambda _: detail, now)
        return Decision((*of_mine, *of_pool, received, given))

    async def _refused(self, connection: Connection) -> Refusal | None:
        found = await lock_members(connection, self.program_id, [self.member_id])
        if self.member_id not in found or found[self.member_id].status is not MemberStatus.ACTIVE:
            return Refusal("NOT_ALLOWED", {})
        if await households.membership(connection, self.program_id, self.member_id) is not None:
            return Refusal("ALREADY_EXISTS", {})
        if self.founds:
            return None
        if not await households.is_open(connection, self.program_id, self.household_id):
            return Refusal("CODE_REJECTED", {"path": ["token"]})
        if len(await households.household_members(connection, self.program_id, self.household_id)) >= self.rules.max_members:
            return Refusal("HOUSEHOLD_FULL", {"path": ["token"]})
        return None

    async def _opened(self, connection: Connection, now: datetime) -> MemberBooks:
        """The pool's books: a standing and an enrolment of their own, and no member."""
        enrolment = uuid5(self.household_id, "enrolment")
        await claim_key(
            connection,
            program_id=self.program_id,
            scope="household",
            key=str(self.household_id),
            request_hash=None,
            member_id=self.household_id,
            transaction_id=enrolment,
            now=now,
        )
        await open_member(
            connection,
            program_id=self.program_id,
            member_id=self.household_id,
            transaction_id=enrolment,
            tier=None,
            occurred_at=now,
            posted_at=now,
            program_version=self.applied.version,
            partner_id=None,
            location=None,
            reference=None,
            detail={"household": True},
        )
        await households.insert_household(connection, self.program_id, self.household_id, self.member_id, now)
        return MemberBooks(self.program_id, self.household_id, 1, TierSpan(None, None, None))
