"""What a member's own purchases may come to a day, counted in the member's books and decided under the lock (R52); pure.

Returns give nothing of it back: who buys and returns all day is counted all day.
"""

from __future__ import annotations

from collections.abc import Mapping

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import Count
from honeyguide.programs.program import Program

_POSTS, _AMOUNT, _POINTS = "limit/posts", "limit/amount", "limit/points/"


def limit_counters(program: Program, day: str) -> tuple[tuple[str, str], ...]:
    """The counters that these limits look at, only those with a cap: each is a row more; `day` is the local ISO day of the request."""
    caps = program.caps
    named = ((_POSTS, caps.day_posts), (_AMOUNT, caps.day_amount))
    return (*((name, day) for name, most in named if most is not None), *((_POINTS + unit, day) for unit in caps.day_points))


def above_limit(program: Program, books: MemberBooks, amount: int, earned: Mapping[str, int], day: str) -> str | None:
    """Why a purchase of so many minor units that earns so much by unit is parked."""
    caps = program.caps
    if any(earned.get(unit, 0) > most for unit, most in caps.post_points.items()):
        return "POINTS_LIMIT"
    if caps.day_posts is not None and books.counter(_POSTS, day) + 1 > caps.day_posts:
        return "MEMBER_DAY_LIMIT"
    if caps.day_amount is not None and books.counter(_AMOUNT, day) + max(amount, 0) > caps.day_amount:
        return "MEMBER_DAY_LIMIT"
    if any(books.counter(_POINTS + unit, day) + earned.get(unit, 0) > most for unit, most in caps.day_points.items()):
        return "MEMBER_POINTS_LIMIT"
    return None


def limit_counts(program: Program, amount: int, earned: Mapping[str, int], day: str) -> tuple[Count, ...]:
    """What the purchase adds to them."""
    used = {_POSTS: 1, _AMOUNT: max(amount, 0), **{_POINTS + unit: count for unit, count in earned.items()}}
    return tuple(Count(name, day, used[name]) for name, _ in limit_counters(program, day) if used.get(name))
