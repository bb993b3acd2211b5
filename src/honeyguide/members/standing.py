"""A member's standing as the books and the program each say it: the tier held, when it is at risk, what has to be read to judge it; pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.programs.periods import add_months
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import TierHeld, tier_windows, warn_at

# A purchase reads so much more than its own window that it can review a tier which no sweep got to for a month.
REVIEWABLE = timedelta(days=31)


def held_tier(books: MemberBooks) -> TierHeld | None:
    tier = books.tier
    return TierHeld(tier.tier, tier.since, tier.until) if tier.tier and tier.since else None


def joined_on(program: Program, books: MemberBooks) -> date | None:
    """The local day of enrolment, which begins the membership year; the first tier is held since then."""
    first = books.tier_history[0].since if books.tier_history else books.tier.since
    return program.local_day(first) if first else None


def span_of(program: Program, held: TierHeld | None, books: MemberBooks) -> TierSpan:
    """The tier as it is written down, with the moment to warn the member (R34)."""
    if held is None:
        return TierSpan(None, None, None)
    return TierSpan(held.code, held.since, held.until, warn_at(program, held, joined_on(program, books)))


def qualifying_rows(program: Program, as_of: datetime) -> tuple[tuple[str, str], ...]:
    """The daily rows from which every window that counts at that moment can be summed: (counter, first ISO day)."""
    rows = {(window.name, window.from_day) for window in tier_windows(program, as_of)}
    if program.tiers is not None and program.tiers.period.kind == "membership_year":  # begins on a day that only the books know
        earliest = add_months(program.local_day(as_of), -24).isoformat()
        rows = {(name, min(from_day, earliest)) for name, from_day in rows}
    return tuple(rows)
