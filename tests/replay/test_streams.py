"""Calls are large, lose nothing, and no member's purchases overtake each other."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from honeyguide.replay.journey import Basket, BasketLine
from honeyguide.replay.posts import Post
from honeyguide.replay.streams import calls_of, streams_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def post(number: int, household: int, partner: str, lines: int = 1) -> Post:
    at = START + timedelta(minutes=number)
    items = tuple(BasketLine(place, 1, None, 1, 100) for place in range(1, lines + 1))
    return Post(partner, household, Basket(number, household, 1, at, range(lines)), items, at)


def year(seed: int, count: int) -> list[Post]:
    chance = random.Random(seed)
    return [post(number, chance.randrange(9), "fuel" if chance.random() < 0.3 else "grocer") for number in range(count)]


def test_every_post_is_in_exactly_one_call_of_its_partner() -> None:
    posts = year(seed=1, count=1_000)

    calls = list(calls_of(posts, most_posts=50))

    assert sorted((one for call in calls for one in call), key=lambda one: one.occurred_at) == posts
    assert all(len({one.partner for one in call}) == 1 and len(call) <= 50 for call in calls)


def test_a_household_is_never_overtaken_by_its_own_later_purchase_at_the_other_partner() -> None:
    posts = year(seed=2, count=1_000)

    sent = [one for call in calls_of(posts, most_posts=50) for one in call]

    for household in range(9):
        own = [one for one in sent if one.household == household]
        assert all(earlier.occurred_at < later.occurred_at for earlier, later in pairwise(own))


def test_a_call_stays_below_the_size_that_the_api_takes() -> None:
    posts = [post(number, number, "grocer", lines=160) for number in range(20)]

    calls = list(calls_of(posts, most_posts=50, most_lines=500))

    assert [len(call) for call in calls] == [3, 3, 3, 3, 3, 3, 2]


def test_a_post_larger_than_any_call_goes_alone() -> None:
    calls = list(calls_of([post(1, 1, "grocer", lines=161), post(2, 2, "grocer")], most_lines=100))

    assert [len(call) for call in calls] == [1, 1]


def test_all_baskets_of_a_household_are_in_one_stream() -> None:
    baskets = [one.basket for one in year(seed=3, count=300)]

    streams = streams_of(baskets, 4)

    assert sorted(len({basket.household for basket in stream}) for stream in streams) == [2, 2, 2, 3]
    assert not {b.household for b in streams[0]} & {b.household for b in streams[1]}
    assert sum(map(len, streams)) == 300
