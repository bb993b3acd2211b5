"""What a member's own purchases may come to a day, counted in the member's books and decided under the lock (R52); pure.

Returns give nothing of it back: who buys and returns all day is counted all day.
"""

from __future__ import annotations

from collections.abc import Mapping

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import Count
from honeyguide.programs.earn_limits import counts_members, member_day, points_per_day, points_per_post
from honeyguide.programs.program import Program

_POSTS, _AMOUNT, _POINTS = "limit/posts", "limit/amount", "limit/points/"


def limit_counters(program: Program, day: str) -> tuple[tuple[str, str], ...]:
    """The counters that these limits look at; `day` is the local ISO day on which it is sent."""
    if not counts_members(program):
        return ()
    return ((_POSTS, day), (_AMOUNT, day), *((_POINTS + unit, day) for unit in points_per_day(program)))


def above_limit(program: Program, books: MemberBooks, amount: int, earned: Mapping[str, int], day: str) -> str | None:
    """Why a purchase of so many minor units that earns so much by unit is parked."""
    for unit, most in points_per_post(program).items():
        if earned.get(unit, 0) > most:
            return "POINTS_LIMIT"
    if not counts_members(program):
        return None
    posts, money = member_day(program)
    if posts is not None and books.counter(_POSTS, day) + 1 > posts:
        return "MEMBER_DAY_LIMIT"
    if money is not None and books.counter(_AMOUNT, day) + max(amount, 0) > money:
        return "MEMBER_DAY_LIMIT"
    if any(books.counter(_POINTS + unit, day) + earned.get(unit, 0) > most for unit, most in points_per_day(program).items()):
        return "MEMBER_POINTS_LIMIT"
    return None


def limit_counts(program: Program, amount: int, earned: Mapping[str, int], day: str) -> tuple[Count, ...]:
    """What the purchase adds to them."""
    if not counts_members(program):
        return ()
    used = {_POSTS: 1, _AMOUNT: max(amount, 0), **{_POINTS + unit: earned.get(unit, 0) for unit in points_per_day(program)}}
    return tuple(Count(name, day, count) for name, count in used.items() if count)
