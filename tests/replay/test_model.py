"""The model is worked out by hand, and shares nothing with what it is compared to."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from honeyguide.replay import acts, journey, model, model_lots, model_rules, posts, state
from honeyguide.replay.acts import Act, Authorization, Capture, GiveBack, Redemption, Refund
from honeyguide.replay.journey import Basket, BasketLine
from honeyguide.replay.model import Member
from honeyguide.replay.model_rules import Bought, Earned, earn, less
from honeyguide.replay.posts import FUEL, GROCER, Post
from honeyguide.replay.state import MemberState, UnitState, differences

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def post(number: int, *lines: tuple[str, int], partner: str = GROCER, at: datetime | None = None) -> Post:
    at = at or START + timedelta(days=number)
    items = tuple(BasketLine(n, n, category, 1, cents) for n, (category, cents) in enumerate(lines, 1))
    return Post(partner, 1, Basket(number, 1, 1, at, range(len(items))), items, at)


def refund(bought: Post, cents: int, number: int = 1, **what: object) -> Refund:
    at = bought.occurred_at + timedelta(hours=number)
    return Refund(bought.partner, 1, bought.basket.basket_id, 1, 7, at, number, cents, **what)  # type: ignore[arg-type]


def act(kind: type[Act], basket: int, quantity: int) -> Act:
    return kind(GROCER, 1, basket, 1, 7, START + timedelta(days=basket, minutes=1), quantity)  # type: ignore[call-arg]


def after(*events: Post | Act) -> MemberState:
    member = Member(NOW)
    member.take(events)
    return member.state()


@pytest.mark.parametrize("module", [acts, journey, model, model_lots, model_rules, posts, state])
def test_the_model_imports_nothing_that_decides_in_the_books(module: object) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text())  # type: ignore[attr-defined]
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert not {name for name in named if name.startswith("honeyguide.") and not name.startswith("honeyguide.replay")}


@pytest.mark.parametrize(
    ("lines", "partner", "tier", "used", "expected"),
    [
        ([("GROCERY", 5_150), ("PRODUCE", 1_149)], GROCER, "fledgling", (0, 0), Earned(74 + 25, 0, 74, 0, 6_299)),
        ([("GROCERY", 9_999)], GROCER, "forager", (0, 0), Earned(124 + 25, 0, 124, 0, 9_999)),
        ([("GROCERY", 10_000)], GROCER, "honeyguide", (4_900, 0), Earned(100 + 50, 0, 100, 0, 10_000)),
        ([("FUEL", 20_000)], FUEL, "fledgling", (0, 10_000), Earned(200, 100 + 75, 200, 5_000, 20_000)),
    ],
)
def test_what_a_purchase_gives(lines: list[tuple[str, int]], partner: str, tier: str, used: tuple[int, int], expected: Earned) -> None:
    bought = Bought(partner, tuple((n, category, cents) for n, (category, cents) in enumerate(lines)))

    assert earn(bought, tier, *used) == expected


def test_an_amount_that_comes_back_shrinks_all_lines_to_whole_cents_that_add_up() -> None:
    bought = Bought(GROCER, ((1, "PRODUCE", 333), (2, "GROCERY", 333), (3, "DELI", 334)))

    left = less(bought, {2: 133}, 100)

    assert left.cents == 767
    assert left.lines == ((1, "PRODUCE", 295), (2, "GROCERY", 177), (3, "DELI", 295))  # 294.6, 176.9, 295.5


def test_a_purchase_returned_in_parts_gives_back_all_it_earned() -> None:
    bought = post(1, ("GROCERY", 2_190))

    state = after(bought, refund(bought, 500), refund(bought, 700, 2), refund(bought, 990, 3, whole=True))

    assert state == MemberState("fledgling", 0, {})


def test_what_was_redeemed_already_is_owed_and_repaid_by_the_next_purchase() -> None:
    bought, later = post(1, ("GROCERY", 4_000)), post(9, ("GROCERY", 1_500))
    redeemed, back = act(Redemption, 1, 40), refund(bought, 4_000, whole=True)

    assert after(bought, redeemed, back).units["points"] == UnitState(-40, -40, 0, 0, 40, {})
    assert after(bought, redeemed, back, later).units["points"] == UnitState(-25, -25, 0, 0, 25, {})


def test_what_is_reserved_is_not_clawed_back_and_what_is_not_captured_repays_the_debt() -> None:
    bought = post(1, ("GROCERY", 4_000))
    held = (bought, act(Authorization, 1, 30), refund(bought, 4_000, whole=True))

    assert after(*held).units["points"] == UnitState(0, -30, 0, 30, 30, {})
    assert after(*held, act(Capture, 1, 10)).units["points"] == UnitState(-10, -10, 0, 0, 10, {})


def test_what_is_given_back_returns_to_the_lot_that_burned_last() -> None:
    first, second = post(1, ("GROCERY", 3_000)), post(2, ("GROCERY", 3_000))

    state = after(first, second, act(Redemption, 2, 50), act(GiveBack, 2, 15))

    assert state.units["points"].by_date == {date(2028, 3, 3): 25}


def test_a_tier_begins_with_the_purchase_that_reaches_it_and_a_return_ends_none() -> None:
    big = post(1, ("GROCERY", 100_000))
    state = after(big, refund(big, 1, 1), post(2, ("GROCERY", 1_000)))

    assert (state.tier, state.qualifying) == ("forager", 100_999)
    assert state.units["points"].by_date[date(2028, 3, 3)] == 12


def test_cashback_waits_fourteen_days() -> None:
    state = after(post(1, ("FUEL", 5_000), partner=FUEL, at=datetime(2026, 6, 18, tzinfo=UTC)))

    assert state.units["cashback"] == UnitState(100, 0, 100, 0, 0, {None: 100})


def test_every_figure_that_differs_is_told() -> None:
    ours, theirs = after(post(1, ("GROCERY", 4_000))), after(post(1, ("GROCERY", 4_100)))

    told = [one.what for one in differences(1, ours, theirs)]

    assert told == ["qualifying", "posted points", "available points", "by_date points"]
    assert [one.what for one in differences(1, ours, None)] == ["member"]
