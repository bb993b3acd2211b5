"""What has happened to a member by itself since the books were last touched; pure.

Holds lapsed, lots matured or expired, a tier came to its end, or the day came to warn of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.own_events import post_activations, post_expiries, post_lapses, post_tier_review, post_tier_warning
from honeyguide.ledger.posting import Posting
from honeyguide.members.standing import held_tier, qualifying_rows, span_of, year_begins_on
from honeyguide.programs.current import Applied
from honeyguide.programs.tiers import TierWarning, assess, tier_windows, warn_at, warning, warning_windows

# A tier is held to the last microsecond of a day; what counts from then on is told by the day after, the first of a new year.
_NEXT_MOMENT = timedelta(microseconds=1)


def catch_up(books: MemberBooks, applied: Applied, now: datetime, *, rows_from: str | None) -> tuple[tuple[Posting, ...], MemberBooks]:
    """Lapses, activations, expiries, then warnings and reviews of tiers, as far as the qualifying rows read (from an ISO day) suffice."""
    lapses, books = post_lapses(books, applied.version, now)
    activations, books = post_activations(books, applied.version, now)
    expiries, books = post_expiries(books, applied.version, now)
    warnings, books = _warned(books, applied, now, rows_from)
    postings = (*lapses, *activations, *expiries, *warnings)
    while (tier := _reviewed(books, applied, now, rows_from)) is not None:
        postings = (*postings, post_tier_review(books, tier, applied.version, now))
        books = postings[-1].books
    return postings, books


def review_rows(applied: Applied, until: datetime) -> tuple[tuple[str, str], ...]:
    """The counter rows that a review of a tier ending at `until` sums, and the warning before it: (name, first ISO day)."""
    return qualifying_rows(applied.program, until + _NEXT_MOMENT)


def _warned(books: MemberBooks, applied: Applied, now: datetime, rows_from: str | None) -> tuple[tuple[Posting, ...], MemberBooks]:
    """The day to warn has come: the member is told what is missing, or nothing is, and the day is done with (R34)."""
    tier, held = books.tier, held_tier(books)
    if tier.warn_at is None or tier.warn_at > now or held is None or rows_from is None:
        return (), books
    anniversary = year_begins_on(applied.program, books)
    windows = warning_windows(applied.program, held, anniversary)
    if any(window.from_day < rows_from for window in windows):
        return (), books
    if (due := warn_at(applied.program, held, anniversary)) is not None and due > now:  # the program or the year moved it since
        return (), replace(books, tier=replace(tier, warn_at=due))
    told = warning(applied.program, held, {window: books.window(*window) for window in windows}, now, anniversary)
    if told is None or (tier.until is not None and tier.until <= now):  # kept, or too late: the review says it
        return (), replace(books, tier=replace(tier, warn_at=None))
    posting = post_tier_warning(books, _warning_detail(told), applied.version, now)
    return (posting,), posting.books


def _warning_detail(told: TierWarning) -> dict[str, Any]:
    ways = [{"metric": way.metric, "current": way.current, "needed": way.needed, "remaining": way.remaining} for way in told.ways]
    return {"drops_to": told.drops_to, "ends_at": told.ends_at.isoformat(), "until": told.until.isoformat(), "ways": ways}


def _reviewed(books: MemberBooks, applied: Applied, now: datetime, rows_from: str | None) -> TierSpan | None:
    until = books.tier.until
    if until is None or until > now or rows_from is None:
        return None
    as_of, anniversary = until + _NEXT_MOMENT, year_begins_on(applied.program, books)
    windows = tier_windows(applied.program, as_of, anniversary)
    if any(window.from_day < rows_from for window in windows):
        return None
    kept = assess(applied.program, held_tier(books), {window: books.window(*window) for window in windows}, as_of, anniversary)
    if kept is None:
        return TierSpan(None, None, None)
    # A review that ends nothing and extends nothing would be due for ever.
    return None if kept.until is not None and kept.until <= until else span_of(applied.program, kept, books)
