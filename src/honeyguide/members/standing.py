"""A member's standing as the books and the program each say it: the tier held, when it is at risk, what has to be read to judge it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.postings import Count
from honeyguide.programs.evaluation import CounterUse, WindowKey
from honeyguide.programs.periods import add_months
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import TierHeld, reassess_after_return, tier_windows, warn_at

# A purchase reads so much more than its own window that it can review a tier which no sweep got to for a month.
REVIEWABLE = timedelta(days=31)


def held_tier(books: MemberBooks) -> TierHeld | None:
    tier = books.tier
    return TierHeld(tier.tier, tier.since, tier.until) if tier.tier and tier.since else None


def year_begins_on(program: Program, books: MemberBooks) -> date | None:
    """The local day whose anniversaries begin the member's own year: one that an operator set, else that of enrolment, when the first tier began."""
    if books.year_begins_on is not None and program.ladder.period.kind == "member_year":
        return books.year_begins_on
    first = books.tier_history[0].since if books.tier_history else books.tier.since
    return program.local_day(first) if first else None


def span_of(program: Program, held: TierHeld | None, books: MemberBooks) -> TierSpan:
    """The tier as it is written down, with the moment to warn the member (R34)."""
    if held is None:
        return TierSpan(None, None, None)
    return TierSpan(held.code, held.since, held.until, warn_at(program, held, year_begins_on(program, books)))


def qualifying_rows(program: Program, as_of: datetime) -> tuple[tuple[str, str], ...]:
    """The daily rows from which every window that counts at that moment can be summed: (counter, first ISO day)."""
    rows = {(window.name, window.from_day) for window in tier_windows(program, as_of)}
    if program.tiers is not None and program.tiers.has_own_years:  # begins on a day that only the books know
        earliest = add_months(program.local_day(as_of), -24).isoformat()
        rows = {(name, min(from_day, earliest)) for name, from_day in rows}
    return tuple(rows)


def within(window: WindowKey, counts: Iterable[Count | CounterUse]) -> int:
    """What these counts themselves add to a window."""
    return sum(one.amount for one in counts if one.name == window.name and window.from_day <= one.period <= window.to_day)


def tier_after_return(
    program: Program,
    books: MemberBooks,
    counts: Iterable[Count],
    now: datetime,
    rows_from: str | None,
    promotion: Mapping[str, Any] | None,
) -> TierSpan | None:
    """A demotion, as the program says (R25), by what a return takes off the counters; None where the tier stays.

    `rows_from`: the first day that was read of the counters; `promotion`: what the purchase recorded of the tier that it brought about.
    """
    current, anniversary, moved = held_tier(books), year_begins_on(program, books), tuple(counts)
    windows = tier_windows(program, now, anniversary)
    if current is None or not windows or any(window.from_day < (rows_from or "9") for window in windows):
        return None
    before = {window: books.window(*window) for window in windows}
    held = reassess_after_return(
        program,
        current,
        {window: amount + within(window, moved) for window, amount in before.items()},
        now,
        promoted_here=promotion is not None and promotion["to"] == current.code,
        anniversary=anniversary,
        before=before,
        previous=_before(promotion),
    )
    return None if held is None or (held.code, held.until) == (current.code, current.until) else span_of(program, held, books)


def _before(promotion: Mapping[str, Any] | None) -> TierHeld | None:
    """The tier held before the purchase promoted."""
    if promotion is None or promotion["from"] is None or promotion["since"] is None:
        return None
    until = promotion["until"]
    return TierHeld(promotion["from"], datetime.fromisoformat(promotion["since"]), datetime.fromisoformat(until) if until else None)
