"""A merge is taken back: the member is himself again, with his tier and what is left unspent of his lots (R40)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection
from honeyguide.ledger.handovers import homecoming, other_side, owed_of, post_handing_in, post_handing_out
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside, Count
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members.call import Call
from honeyguide.members.catching_up import catch_up
from honeyguide.members.endings import merged_into
from honeyguide.members.handed import EVER, handed_debts, handed_lots
from honeyguide.members.handing_over import handing_in_detail, handing_out_detail
from honeyguide.members.merge_members import EVERY_ROW, tier_json, tier_of_json
from honeyguide.members.merges import Merge, end_merge, lock_members, read_merge, with_all_counters
from honeyguide.members.own_account import OWN_ACCOUNT, is_refused_as_own
from honeyguide.members.recorded_now import recorded_now
from honeyguide.members.store import MemberStatus
from honeyguide.programs.current import Applied
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Refusal, Refused
from honeyguide.till.reading import read_books
from honeyguide.till.together import submit_together

OPERATION = "unmergeMembers"


@dataclass(frozen=True, slots=True)
class UnmergeRequest:
    """`merge_id` is the transaction that merged, at the member `source_id`; None for what names no merge."""

    idempotency_key: str
    source_id: UUID | None
    merge_id: UUID | None
    note: str


async def unmerge_members(call: Call, request: UnmergeRequest) -> Outcome:
    """Posted is the target's side, which hands back."""
    merge = None
    if request.source_id is not None and request.merge_id is not None:
        merge = await read_merge(call.database.pool, call.program_id, request.source_id, request.merge_id)
    if merge is None:
        return Refused("NOT_FOUND", {"path": ["merge"]}, replayed=False)
    if await is_refused_as_own(call.database.pool, call.caller, [merge.member_id, merge.target_id], OPERATION, call.now):
        return Refused(OWN_ACCOUNT, {"path": ["merge"]}, replayed=False)
    intent = UnmergeIntent(call.applied, merge, uuid7(), call.key(OPERATION, request), request.note, call.caller.subject)
    return await submit_together(call.database, intent, call.now)


@dataclass(frozen=True, slots=True)
class UnmergeIntent:
    """`member_id` is the target: it hands back what is open or pending of the lots that came from the source since."""

    applied: Applied
    merge: Merge
    transaction_id: UUID
    key: Key | None
    note: str
    by: str
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def member_id(self) -> UUID:
        return self.merge.target_id

    @property
    def source_id(self) -> UUID:
        return self.merge.member_id

    @property
    def reads(self) -> Mapping[UUID, Reads]:
        return {self.source_id: Reads(lots=True), self.member_id: Reads(lots=True, expired_since=EVER)}

    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        refusal = await self._refused(connection, now)
        if refusal is not None:
            return refusal
        left = await handed_lots(connection, self.program_id, self.source_id, since=self.merge.merge_id)
        homes = {became: one.lot_id for became, one in left.items() if became in books[self.member_id].lots}
        past = tuple({left[became].transaction_id for became in homes})  # names the lots that left, which are to be filled again
        source = await read_books(connection, self.program_id, self.source_id, Reads(lots=True, past=past), now)
        assert source is not None  # its standing is locked
        persons = (self.source_id, *await merged_into(connection, self.program_id, self.source_id))
        debts = await handed_debts(connection, self.program_id, persons, self.member_id, self.merge.merged_at)
        counted = await with_all_counters(connection, {**books, self.source_id: source})
        return Decision(self.unmerged(counted[self.source_id], counted[self.member_id], homes, debts, now))

    def unmerged(
        self, source: MemberBooks, target: MemberBooks, homes: Mapping[UUID, UUID], debts: Mapping[str, int], now: datetime
    ) -> tuple[Posting, ...]:
        """What happened by itself, the source's side, the target's; pure."""
        of_source, source = catch_up(source, self.applied, now, rows_from=EVERY_ROW)
        of_target, target = catch_up(target, self.applied, now, rows_from=EVERY_ROW)
        handover = replace(homecoming(target, homes), debts=owed_of(target, debts))
        facts = {"by": self.by, "note": self.note, "of": str(self.merge.merge_id)}
        return (
            *of_source,
            *of_target,
            post_handing_in(
                source,
                recorded_now(source, self.applied, other_side(self.transaction_id), TransactionKind.UNMERGE, now),
                handover,
                lambda _: handing_in_detail(handover, self.member_id, facts),
                now,
                homes,
                Aside(tier=tier_of_json(self.merge.detail["source_tier"])),
            ),
            post_handing_out(
                target,
                recorded_now(target, self.applied, self.transaction_id, TransactionKind.UNMERGE, now),
                handover,
                lambda _: handing_out_detail(handover, self.source_id, self.transaction_id, facts),
                now,
                Aside(self._counts(source, target), self._tier(target)),
            ),
        )

    def _counts(self, source: MemberBooks, target: MemberBooks) -> tuple[Count, ...]:
        """Caps and qualifying amounts that came along go, as far as they are still there: a return since took its part at both."""
        came = ((name, period, min(amount, source.counter(name, period))) for name, period, amount in self.merge.detail["counts"])
        left = ((name, period, min(amount, target.counter(name, period))) for name, period, amount in came)
        return tuple(Count(name, period, -amount) for name, period, amount in left if amount > 0)

    def _tier(self, target: MemberBooks) -> TierSpan | None:
        """The tier of before, unless the target earned another since."""
        given = self.merge.detail["given_tier"]
        if given is None or tier_json(target.tier) | {"warn_at": None} != given | {"warn_at": None}:
            return None
        return tier_of_json(self.merge.detail["target_tier"])

    async def _refused(self, connection: Connection, now: datetime) -> Refusal | None:
        found = await lock_members(connection, self.program_id, [self.source_id, self.member_id])
        source, target = found[self.source_id], found[self.member_id]
        if source.merged_into != self.member_id or not await end_merge(connection, self.program_id, self.merge, now, self.by):
            return Refusal("NOTHING_LEFT_TO_REVERSE", {"path": ["merge"]})
        if target.status is MemberStatus.MERGED:
            return Refusal("NOT_REVERSIBLE", {"path": ["merge"]})  # that merge has to be taken back first
        if target.status not in (MemberStatus.ACTIVE, MemberStatus.FROZEN):
            return Refusal("ACCOUNT_CLOSED", {"path": ["merge"]})
        return None
