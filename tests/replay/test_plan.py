"""What is drawn comes again with the same seed, and can be done: nothing comes back twice, nothing is redeemed that is not there."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from honeyguide.replay.acts import Act, Capture, GiveBack, Redemption, Refund
from honeyguide.replay.check import _by_household
from honeyguide.replay.journey import Journey
from honeyguide.replay.model import Member
from honeyguide.replay.plan import MOST_REDEEMED, Draws, acts_of, items_of
from honeyguide.replay.posts import posts_of

DRAWS = Draws(refunds=5, redemptions=10, seed=7)
SHIFT = 3_000


@pytest.fixture(scope="module")
def acts(journey: Journey) -> list[Act]:
    return acts_of(journey, journey.chosen(60), SHIFT, DRAWS)


def test_the_same_seed_draws_the_same_and_another_seed_something_else(journey: Journey, acts: list[Act]) -> None:
    assert acts_of(journey, journey.chosen(60), SHIFT, DRAWS) == acts
    assert acts_of(journey, journey.chosen(60), SHIFT, Draws(5, 10, 8)) != acts


def test_what_happens_to_a_household_does_not_depend_on_who_else_is_played(journey: Journey, acts: list[Act]) -> None:
    fewer = acts_of(journey, journey.chosen(20), SHIFT, DRAWS)

    assert fewer == [act for act in acts if act.household in {one.household for one in fewer}]


def test_about_so_many_baskets_come_back_in_all_ways(journey: Journey, acts: list[Act]) -> None:
    refunds = [act for act in acts if isinstance(act, Refund)]
    baskets = {act.basket for act in refunds}

    assert 0.04 < len(baskets) / len(journey.chosen(60)) < 0.06
    assert Counter(act.number for act in refunds).keys() == {1, 2, 3}
    assert all(
        sum(ways) > 20 for ways in zip(*((one.whole, bool(one.lines), not (one.whole or one.lines)) for one in refunds), strict=True)
    )


def test_no_purchase_comes_back_for_more_than_was_paid_nor_a_line_for_more_than_it_cost(journey: Journey, acts: list[Act]) -> None:
    by_id = {basket.basket_id: basket for basket in journey.chosen(60)}
    back, lines = Counter[tuple[int, str]](), Counter[tuple[int, int]]()
    for act in acts:
        if isinstance(act, Refund):
            back[act.basket, act.partner] += act.cents
            lines.update({(act.basket, number): cents for number, (_, cents) in (act.lines or {}).items()})
    for (basket, partner), cents in back.items():
        post = next(one for one in posts_of(by_id[basket], journey.lines(by_id[basket]), 0) if one.partner == partner)
        assert cents <= post.cents
        assert all(lines[basket, line.number] <= line.cents for line in post.lines)


def test_nothing_is_redeemed_that_is_not_there_nor_above_a_days_limit(journey: Journey, acts: list[Act]) -> None:
    spent = Counter[int]()
    for act in acts:
        if isinstance(act, Redemption):
            spent[act.household] += act.quantity
    refused = 0
    for own, following in _by_household(journey, journey.chosen(60), SHIFT, DRAWS).values():
        member = Member(datetime.now(UTC))
        member.take(items_of(journey, own, following, SHIFT))
        refused += member.refused

    assert max(spent.values()) <= MOST_REDEEMED
    assert {type(act) for act in acts} >= {Capture, GiveBack}
    assert refused == 0


def test_nothing_happens_before_its_basket_nor_after_the_end_of_the_year(journey: Journey, acts: list[Act]) -> None:
    at = {basket.basket_id: basket.at + timedelta(days=SHIFT) for basket in journey.baskets}

    assert all(at[act.basket] <= act.occurred_at <= journey.last + timedelta(days=SHIFT) for act in acts)


def test_every_act_has_a_key_and_a_reference_of_its_own(acts: list[Act]) -> None:
    given = [act.as_input(dict.fromkeys((one.key("authorize") for one in acts), "hold")) for act in acts]
    keys = Counter(one["idempotencyKey"] for one in given)

    assert max(keys.values()) == 1
