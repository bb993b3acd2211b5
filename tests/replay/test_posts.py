"""A basket becomes the same posts in every run."""

from __future__ import annotations

from datetime import UTC, date, datetime

from honeyguide.replay.journey import Basket, BasketLine
from honeyguide.replay.posts import dollars, posts_of, shift_days

AT = datetime(2017, 5, 6, 17, 30, tzinfo=UTC)


def basket(*lines: BasketLine) -> tuple[Basket, tuple[BasketLine, ...]]:
    return Basket(31198570044, 900, 330, AT, range(len(lines))), lines


def line(number: int, cents: int, department: str | None = "GROCERY") -> BasketLine:
    return BasketLine(number, 1000 + number, department, 1, cents)


def test_a_basket_with_fuel_is_two_transactions_of_two_partners() -> None:
    given = basket(line(1, 199), line(2, 2006, "FUEL"), line(3, 50, None))

    grocer, fuel = posts_of(*given, shift_days=0)

    assert (grocer.partner, grocer.cents, [one.number for one in grocer.lines]) == ("grocer", 249, [1, 3])
    assert (fuel.partner, fuel.cents, [one.number for one in fuel.lines]) == ("fuel", 2006, [2])
    assert grocer.key != fuel.key
    assert grocer.as_input()["reference"] == fuel.as_input()["reference"] == "31198570044"


def test_a_post_is_the_same_in_every_run() -> None:
    given = basket(line(1, 199), line(2, 5, None))

    (post,) = posts_of(*given, shift_days=3_247)

    assert post.as_input() == posts_of(*given, shift_days=3_247)[0].as_input()
    assert post.as_input() == {
        "idempotencyKey": "complete-journey/grocer/31198570044",
        "member": {"email": "household-900@example.test"},
        "reference": "31198570044",
        "occurredAt": "2026-03-27T17:30:00+00:00",
        "amount": {"amount": "2.04", "currency": "USD"},
        "lines": [
            {"lineId": "1", "sku": "1001", "quantity": "1", "amount": "1.99", "category": "GROCERY"},
            {"lineId": "2", "sku": "1002", "quantity": "1", "amount": "0.05"},
        ],
        "location": "store-330",
        "channel": "STORE",
    }


def test_a_basket_of_zero_value_is_kept() -> None:
    (post,) = posts_of(*basket(line(1, 0)), shift_days=0)

    assert post.as_input()["amount"]["amount"] == "0.00"


def test_the_shift_brings_the_last_basket_to_yesterday() -> None:
    days = shift_days(date(2018, 1, 1), today=date(2026, 11, 22))

    assert date.fromordinal(date(2018, 1, 1).toordinal() + days) == date(2026, 11, 21)


def test_cents_become_dollars_without_arithmetic_on_fractions() -> None:
    assert [dollars(cents) for cents in (0, 5, 99, 100, 84_000)] == ["0.00", "0.05", "0.99", "1.00", "840.00"]
