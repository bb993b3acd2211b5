"""What has happened to a member by itself since the books were last touched: lots matured or expired, a tier came to its end; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from honeyguide.ledger.draft import Posting
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.own_events import post_activations, post_expiries, post_lapses, post_tier_review
from honeyguide.programs.current import Applied
from honeyguide.programs.tiers import TierHeld, assess, tier_windows

# A tier is held to the last microsecond of a day; what counts from then on is told by the day after, the first of a new year.
_NEXT_MOMENT = timedelta(microseconds=1)
# A purchase reads so much more than its own window that it can review a tier which no sweep got to for a month.
REVIEWABLE = timedelta(days=31)


def catch_up(books: MemberBooks, applied: Applied, now: datetime, *, rows_from: str | None) -> tuple[tuple[Posting, ...], MemberBooks]:
    """Holds that lapse, activations, expiries, then reviews of tiers whose end has come, as far as the qualifying rows read (from an ISO day) suffice."""
    lapses, books = post_lapses(books, applied.version, now)
    activations, books = post_activations(books, applied.version, now)
    expiries, books = post_expiries(books, applied.version, now)
    postings = (*lapses, *activations, *expiries)
    while (tier := _reviewed(books, applied, now, rows_from)) is not None:
        postings = (*postings, post_tier_review(books, tier, applied.version, now))
        books = postings[-1].books
    return postings, books


def review_windows(applied: Applied, until: datetime) -> tuple[tuple[str, str], ...]:
    """The counter rows that a review of a tier ending at `until` sums: (name, first ISO day)."""
    return tuple((window.name, window.from_day) for window in tier_windows(applied.program, until + _NEXT_MOMENT))


def held_tier(books: MemberBooks) -> TierHeld | None:
    tier = books.tier
    return TierHeld(tier.tier, tier.since, tier.until) if tier.tier and tier.since else None


def _reviewed(books: MemberBooks, applied: Applied, now: datetime, rows_from: str | None) -> TierSpan | None:
    until = books.tier.until
    if until is None or until > now or rows_from is None:
        return None
    as_of = until + _NEXT_MOMENT
    windows = tier_windows(applied.program, as_of)
    if any(window.from_day < rows_from for window in windows):
        return None
    kept = assess(applied.program, held_tier(books), {window: books.window(*window) for window in windows}, as_of)
    if kept is None:
        return TierSpan(None, None, None)
    # A review that ends nothing and extends nothing would be due for ever.
    return None if kept.until is not None and kept.until <= until else TierSpan(kept.code, kept.since, kept.until)
