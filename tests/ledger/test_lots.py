"""Lots: burn order, moves and dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.ledger.lots import Lot, LotMove, Move, burn

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def lot(number: int, open: int = 50, *, expires_in: int | None = None, earned_ago: int = 10, pending: int = 0, due_in: int = 0) -> Lot:
    return Lot(
        UUID(int=number),
        UUID(int=number),
        "points",
        UUID(int=1),
        NOW - timedelta(days=earned_ago),
        NOW + timedelta(days=due_in),
        None if expires_in is None else NOW + timedelta(days=expires_in),
        issued=open + pending,
        open=open,
        pending=pending,
    )


def test_points_that_expire_first_are_burned_first():
    lots = [lot(1, expires_in=400), lot(2, expires_in=30)]

    moves = list(burn(70, lots, NOW))

    assert [(move.lot_id.int, move.amount) for move in moves] == [(2, 50), (1, 20)]


def test_ties_burn_by_the_time_of_earning_and_undated_lots_go_last():
    lots = [lot(1), lot(2, expires_in=30, earned_ago=5), lot(3, expires_in=30, earned_ago=9)]

    moves = list(burn(120, lots, NOW))

    assert [move.lot_id.int for move in moves] == [3, 2, 1]


def test_expired_lots_do_not_burn():
    with pytest.raises(ValueError, match="not covered"):
        list(burn(60, [lot(1, expires_in=0), lot(2)], NOW))


def test_a_pending_lot_is_spendable_from_its_day_on():
    waiting, due = lot(1, 0, pending=40, due_in=1), lot(2, 0, pending=40, due_in=0)

    assert waiting.spendable(NOW) == 0
    assert due.spendable(NOW) == 40


def test_a_column_never_falls_below_zero():
    with pytest.raises(ValueError, match="only 50 open"):
        lot(1).after(LotMove(UUID(int=1), Move.BURN, 51))


@given(
    amounts=st.lists(st.tuples(st.integers(1, 100), st.one_of(st.none(), st.integers(1, 50))), min_size=1, max_size=8),
    share=st.integers(1, 100),
)
def test_a_burn_takes_exactly_what_was_asked_and_leaves_later_lots_untouched(amounts, share):
    lots = {UUID(int=n): lot(n, amount, expires_in=expires) for n, (amount, expires) in enumerate(amounts, 1)}
    asked = max(1, sum(amount for amount, _ in amounts) * share // 100)

    moves = list(burn(asked, lots.values(), NOW))
    after = {**lots, **{move.lot_id: lots[move.lot_id].after(move) for move in moves}}

    assert sum(move.amount for move in moves) == asked
    assert all(left.issued == left.open + left.burned for left in after.values())
    # Only the last lot that burned may have something left.
    assert all(after[move.lot_id].open == 0 for move in moves[:-1])
