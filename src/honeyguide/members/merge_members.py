"""One member takes another over: lots with their dates, debts, counters, and if wished the higher tier (R40)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection
from honeyguide.ledger.handovers import Handover, all_of, other_side, post_handing_in, post_handing_out
from honeyguide.ledger.holds import HoldState
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside, Count
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members.call import Call
from honeyguide.members.catching_up import catch_up
from honeyguide.members.handing_over import handing_in_detail, handing_out_detail
from honeyguide.members.lookup import MemberLookup, find_members
from honeyguide.members.merges import Merge, in_households, insert_merge, lock_members, with_all_counters
from honeyguide.members.recorded_now import recorded_now
from honeyguide.members.store import MemberStatus
from honeyguide.programs.current import Applied
from honeyguide.programs.tiers import base_tier
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Refusal, Refused
from honeyguide.till.together import submit_together

OPERATION = "mergeMembers"
EVERY_ROW = ""  # before any period: all counters are read


@dataclass(frozen=True, slots=True)
class MergeRequest:
    idempotency_key: str
    source: MemberLookup
    target: MemberLookup
    keep_higher_tier: bool
    note: str


async def merge_members(call: Call, request: MergeRequest) -> Outcome:
    """Posted is the source's side; its transaction's id is the merge's. Refusals name the input field in `path`."""
    key = call.key(OPERATION, request)
    source, target = await find_members(call.database.pool, call.policy, [request.source, request.target], call.now)
    if source is None or target is None or source.member_id == target.member_id:
        # After a merge the source's number names the target: a retry must still hear the first answer.
        first = await first_answer(call.database.pool, call.program_id, key)
        if first is not None:
            return first
        if source is None or target is None:
            return Refused("MEMBER_NOT_FOUND", {"path": ["source" if source is None else "target"]}, replayed=False)
        return Refused("SAME_MEMBER", {"path": ["target"]}, replayed=False)
    intent = MergeIntent(
        call.applied,
        source.member_id,
        target.member_id,
        uuid7(),
        key,
        request.keep_higher_tier,
        request.note,
        call.caller.subject,
        call.approval,
    )
    return await submit_together(call.database, intent, call.now)


@dataclass(frozen=True, slots=True)
class MergeIntent:
    """`member_id` is the source: it hands everything to the target."""

    applied: Applied
    member_id: UUID
    target_id: UUID
    transaction_id: UUID
    key: Key | None
    keep_higher_tier: bool
    note: str
    by: str
    approval: Mapping[str, str] = field(default_factory=dict)
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Mapping[UUID, Reads]:
        return {self.member_id: Reads(lots=True), self.target_id: Reads(lots=True)}

    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        refusal = await self._refused(connection)
        if refusal is not None or len(books) < 2:
            return refusal or Refusal("MEMBER_NOT_FOUND", {"path": ["target"]})
        counted = await with_all_counters(connection, books)
        decision = self.merged(counted[self.member_id], counted[self.target_id], now)
        if isinstance(decision, Refusal):
            return decision
        earlier, received, handed = decision
        merge = Merge(self.member_id, self.transaction_id, self.target_id, now, self.by, None, handed.recorded.detail["merge"])
        await insert_merge(connection, self.program_id, merge)
        return Decision((*earlier, received, handed))

    def merged(self, source: MemberBooks, target: MemberBooks, now: datetime) -> tuple[tuple[Posting, ...], Posting, Posting] | Refusal:
        """What happened by itself, the target's side, the source's; pure."""
        of_source, source = catch_up(source, self.applied, now, rows_from=EVERY_ROW)
        of_target, target = catch_up(target, self.applied, now, rows_from=EVERY_ROW)
        if any(hold.state is HoldState.OPEN for hold in source.holds.values()):  # a shop was promised these points
            return Refusal("HOLD_OPEN", {"path": ["source"]})
        handover = all_of(source)
        counts = tuple(Count(name, period, value) for name, rows in source.counters.items() for period, value in rows.items() if value)
        tier = _higher(self.applied, source.tier, target.tier, now) if self.keep_higher_tier else None
        detail = self._detail(source, target, handover, counts, tier)
        return (
            (*of_source, *of_target),
            post_handing_in(
                target,
                recorded_now(target, self.applied, other_side(self.transaction_id), TransactionKind.MERGE, now),
                handover,
                lambda _: {**handing_in_detail(handover, self.member_id, self._facts), "merge": detail["merge"]},
                now,
                aside=Aside(counts, tier),
            ),
            post_handing_out(
                source,
                recorded_now(source, self.applied, self.transaction_id, TransactionKind.MERGE, now),
                handover,
                lambda _: detail,
                now,
                Aside(tier=_none_to_review(self.applied, source, now)),
            ),
        )

    @property
    def _facts(self) -> dict[str, str]:
        return {"by": self.by, "note": self.note, **self.approval}

    def _detail(
        self, source: MemberBooks, target: MemberBooks, handover: Handover, counts: tuple[Count, ...], tier: TierSpan | None
    ) -> dict[str, Any]:
        merge = {
            "source_tier": tier_json(source.tier),
            "target_tier": tier_json(target.tier),
            "given_tier": tier_json(tier) if tier else None,
            "counts": [[count.name, count.period, count.amount] for count in counts],
            "debts": dict(handover.debts),
        }
        return {**handing_out_detail(handover, self.target_id, self.transaction_id, self._facts), "merge": merge}

    async def _refused(self, connection: Connection) -> Refusal | None:
        paths = {self.member_id: ["source"], self.target_id: ["target"]}
        found = await lock_members(connection, self.program_id, paths)
        for member_id, path in paths.items():
            if member_id not in found or found[member_id].status not in (MemberStatus.ACTIVE, MemberStatus.FROZEN):
                return Refusal("MEMBER_NOT_FOUND", {"path": path})  # merged, closed or erased since the lookup
            if found[member_id].status is MemberStatus.FROZEN:
                return Refusal("NOT_ALLOWED", {"path": path})
        for member_id in await in_households(connection, self.program_id, paths):
            return Refusal("NOT_ALLOWED", {"path": paths[member_id]})
        return None


def tier_json(tier: TierSpan) -> dict[str, Any]:
    """A tier as a merge keeps it."""
    moments = {name: getattr(tier, name) for name in ("since", "until", "warn_at")}
    return {"tier": tier.tier, **{name: moment.isoformat() if moment else None for name, moment in moments.items()}}


def tier_of_json(row: Mapping[str, Any]) -> TierSpan | None:
    """The tier as it was; None where there was none to go back to."""
    since, until, warn_at = (datetime.fromisoformat(row[name]) if row[name] else None for name in ("since", "until", "warn_at"))
    return TierSpan(row["tier"], since, until, warn_at) if since is not None else None


def _higher(applied: Applied, source: TierSpan, target: TierSpan, now: datetime) -> TierSpan | None:
    """The source's tier where it ranks higher, or as high and lasts longer; None where the target's own stays."""
    ladder = applied.program.tiers
    if ladder is None or source.tier not in ladder.levels:
        return None
    if target.tier in ladder.levels:
        ranks = ladder.rank(source.tier), ladder.rank(target.tier)
        lasts_longer = target.until is not None and (source.until is None or source.until > target.until)
        if ranks[0] < ranks[1] or (ranks[0] == ranks[1] and not lasts_longer):
            return None
    return TierSpan(source.tier, now, source.until, source.warn_at)


def _none_to_review(applied: Applied, source: MemberBooks, now: datetime) -> TierSpan | None:
    """Who is merged holds the base tier: there is nobody left to review or to warn."""
    return TierSpan(base_tier(applied.program), now, None) if source.tier.until is not None else None
