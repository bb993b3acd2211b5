"""What was paid in points earns nothing, unless the program says so (R8)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from builders.programs import a_program, earned, line, purchase, quantities, rule
from honeyguide.programs.basis import on_basis
from honeyguide.programs.purchase import LineKind

EARNS = rule("spend", "earn: 1, multipliers: {categories: {FRUIT: 2}}")


def test_r8_by_default_a_purchase_earns_on_what_was_not_paid_in_points() -> None:
    bought = purchase(line("30.00", "FRUIT"), line("20.00"), line("-10.00", kind=LineKind.DISCOUNT))

    net = on_basis(a_program(earning=EARNS), bought, 2000)

    # Half of 40.00 was paid in points: half of every line counts.
    assert [one.amount_minor for one in net.lines] == [1500, 1000, -500]
    assert net.amount_minor == 2000
    assert quantities(earned(a_program(earning=EARNS), net)) == {"points": 2 * 15 + 10 - 5}


def test_r8_by_gross_what_was_paid_in_points_earns_like_money() -> None:
    bought = purchase(line("30.00"))

    assert on_basis(a_program(earning=EARNS, more="basis: gross\n"), bought, 2000) is bought


def test_r8_a_purchase_without_lines_earns_on_the_rest_of_its_amount() -> None:
    assert on_basis(a_program(), purchase("30.00"), 1250) == replace(purchase("30.00"), amount_minor=1750)


@given(st.lists(st.integers(-5_000, 50_000), min_size=1, max_size=8), st.integers(0, 10**6))
def test_what_was_paid_in_points_is_taken_from_the_lines_to_the_cent(amounts: list[int], paid: int) -> None:
    bought = replace(purchase(*(line("1.00") for _ in amounts)), amount_minor=sum(amounts))
    bought = replace(bought, lines=tuple(replace(one, amount_minor=amount) for one, amount in zip(bought.lines, amounts, strict=True)))
    paid = min(paid, max(sum(amounts), 0))

    net = on_basis(a_program(), bought, paid)

    assert sum(one.amount_minor for one in net.lines) == net.amount_minor == sum(amounts) - paid
    assert paid < sum(amounts) or not any(one.amount_minor for one in net.lines) or paid == 0
