"""The worker carries out what was decided about parked posts: what somebody left half done, and decisions about many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.database import Executor, Section, statements
from honeyguide.members.own_account import accounts_of
from honeyguide.transactions import review
from honeyguide.transactions.decide_parked import AlreadyDecided, carry_out, note_own, pin
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Rejected
from honeyguide.transactions.review import ByWhom, ParkedDecision, ParkedPost, Waiting
from honeyguide.transactions.watch import SO_NEW, UNDER_REVIEW

DeskOf = Callable[[UUID], Awaitable[Desk | None]]
LEFT = timedelta(seconds=30)  # longer than any call lasts: who decided is gone
PAGE = 100
MOST_DECISIONS = 10
_SQL = statements(__package__, "review.sql")


async def sweep_review(executor: Executor, program_id: UUID, desk_of: DeskOf, now: datetime) -> int:
    """A page of each; how many posts were carried out. Whoever else does the same at the same time does nothing twice."""
    done = 0
    for parked in await review.unsettled(executor, program_id, now - LEFT, PAGE):
        desk = await desk_of(parked.partner_id)
        if desk is not None and parked.decision is not None:
            done += not isinstance(await carry_out(desk, parked, ParkedDecision(parked.decision), now), Rejected)
    for row in await executor.fetch(_SQL["open_decisions"], program_id, MOST_DECISIONS):
        desk = await desk_of(row["partner_id"])
        if desk is not None:
            done += await _page(executor, desk, dict(row), now)
    return done


async def _page(executor: Executor, desk: Desk, row: dict[str, object], now: datetime) -> int:
    """The next posts in the order in which they came, then how far it is; what the till refuses, and the decider's own, waits for a person."""
    reason, decided_at, decision = row["reason"], row["decided_at"], ParkedDecision(str(row["decision"]))
    assert isinstance(decided_at, datetime)
    # Another process may not have known at once that the review is over.
    until = decided_at + SO_NEW if reason == UNDER_REVIEW else decided_at
    which = Waiting(desk.partner.partner_id, reason if isinstance(reason, str) else None, until)
    after_at, after_id = row["after_at"], row["after_id"]
    after = (after_at, after_id) if isinstance(after_at, datetime) and isinstance(after_id, UUID) else None
    by = ByWhom(str(row["decided_by"]), str(row["note"]), now)
    found, settled, refused = await review.parked_posts(executor, desk.program_id, Section(PAGE, after), which), 0, 0
    own = await _own_of(executor, desk, row, found)
    for parked in found:
        if parked.member_id in own:
            await note_own(executor, desk.program_id, parked, by)
            refused += 1
            continue
        try:
            await pin(desk, parked, decision, by)
        except AlreadyDecided:
            continue
        outcome = await carry_out(desk, parked, decision, now)
        if isinstance(outcome, Rejected) and outcome.code == "RETRY_LATER":
            return settled  # pinned: the next sweep carries it out, and goes on from here
        settled, refused = settled + (not isinstance(outcome, Rejected)), refused + isinstance(outcome, Rejected)
    last = (found[-1].received_at, found[-1].parked_id) if found else (after or (None, None))
    done_at = now if len(found) < PAGE and now > until else None
    await executor.execute(_SQL["decision_went_on"], desk.program_id, row["decision_id"], *last, settled, refused, done_at)
    return settled


async def _own_of(executor: Executor, desk: Desk, row: dict[str, object], found: Sequence[ParkedPost]) -> frozenset[UUID]:
    """Whose posts the decider would judge his own; asked now, so that a merge or a household of today counts."""
    address = row["decided_email"]
    members = list({parked.member_id for parked in found})
    return await accounts_of(executor, desk.claims, desk.caller, address if isinstance(address, bytes) else None, members)
