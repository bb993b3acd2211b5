"""What holds for every program and purchase: whole numbers, never below zero, and lines that may be split at will."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from builders.programs import a_program, earned, purchase, quantities, rule
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Line, LineKind

CATEGORIES = (None, "FRUIT", "FUEL")
CASHBACK = "unit: cash\ntitle: C\nbase_percent: 0.35\nrows:\n  fuel: {title: F, categories: [FUEL], rate_percent: 2.5, spend_cap: {amount: 20, per: month}}"

lines = st.builds(
    Line,
    line_id=st.just("1"),
    sku=st.none(),
    category=st.sampled_from(CATEGORIES),
    mcc=st.none(),
    quantity=st.just(Decimal(1)),
    amount_minor=st.integers(-5_000, 500_000),
    kind=st.sampled_from(LineKind),
)
rates = st.decimals("0.01", "9", places=2)


def program_of(rate: Decimal, factor: Decimal, rounding: str) -> Program:
    rules = rule(
        "spend",
        f"earn: {rate}, rounding: {rounding}, multipliers: {{categories: {{FRUIT: {factor}}}, tiers: {{gold: 1.5}}}}, caps: [{{at_most: 900, per: day}}]",
        code="spend",
    )
    return a_program(
        earning=rules + rule("step", "every: 7.5, earn: 3, carry: true", code="step") + rule("visit", "earn: 1", code="visit"),
        cashback=CASHBACK,
    )


@given(st.lists(lines, max_size=8), rates, rates, st.sampled_from(["floor", "ceiling", "half_up", "half_even"]), st.integers(0, 1000))
def test_an_evaluation_is_whole_numbers_and_never_below_zero(
    items: list[Line], rate: Decimal, factor: Decimal, rounding: str, used: int
) -> None:
    counters = {("cap/spend", "2026-11-22"): used, ("carry/step", "always"): used % 750, ("spend/fuel", "2026-11"): used}

    evaluation = earned(program_of(rate, factor, rounding), purchase(*items), tier="gold", used=counters)

    for accrual in evaluation.accruals:
        assert type(accrual.quantity) is int
        assert accrual.quantity > 0
        assert accrual.quantity == sum(because.quantity for because in accrual.because)
        assert all(type(value) in (int, str) for because in accrual.because for value in because.inputs.values())
    for use in evaluation.counters:
        assert type(use.amount) is int
        after = counters.get((use.name, use.period), 0) + use.amount
        assert after >= 0
        assert not use.name.startswith("cap/") or after <= max(900, used)


@given(st.lists(lines, min_size=1, max_size=6), rates, rates, st.data())
def test_splitting_lines_changes_nothing(items: list[Line], rate: Decimal, factor: Decimal, data: st.DataObject) -> None:
    program = program_of(rate, factor, "floor")
    split: list[Line] = []
    for item in items:
        part = data.draw(st.integers(-1_000, 500_000))
        split += [
            Line("a", None, item.category, None, Decimal(1), part, item.kind),
            Line("b", None, item.category, None, Decimal(1), item.amount_minor - part, item.kind),
        ]

    assert quantities(earned(program, purchase(*items))) == quantities(earned(program, purchase(*split)))


@given(st.lists(lines, max_size=6), st.permutations(range(6)))
def test_the_order_of_lines_changes_nothing(items: list[Line], order: list[int]) -> None:
    program = program_of(Decimal("1.5"), Decimal(2), "floor")
    shuffled = [items[place] for place in order if place < len(items)]

    assert quantities(earned(program, purchase(*items))) == quantities(earned(program, purchase(*shuffled)))


@given(st.integers(0, 10_000_000), rates)
def test_an_amount_without_lines_earns_as_one_line_of_it(amount: int, rate: Decimal) -> None:
    program = program_of(rate, Decimal(1), "floor")
    one = Line("1", None, None, None, Decimal(1), amount)

    assert quantities(earned(program, purchase(one))) == quantities(earned(program, purchase(str(Decimal(amount) / 100))))


@given(st.integers(0, 1_000_000), st.integers(-1_000_000, 1_000_000), st.integers(0, 2_000))
def test_carry_and_caps_stay_whole_and_in_bounds_whatever_returns_left_in_the_counters(amount: int, carried: int, used: int) -> None:
    step = rule("step", "every: 7.5, earn: 3, carry: true, caps: [{at_most: 900, per: day}]", code="step")
    counters = {("carry/step", "always"): carried, ("cap/step", "2026-11-22"): used}

    evaluation = earned(a_program(earning=step), purchase(str(Decimal(amount) / 100)), used=counters)

    after = dict(counters)
    for use in evaluation.counters:
        after[use.name, use.period] = after.get((use.name, use.period), 0) + use.amount
    steps, rest = divmod(amount + carried - after["carry/step", "always"], 750)
    assert rest == 0
    assert after["carry/step", "always"] < 750
    assert steps >= 0
    assert quantities(evaluation).get("points", 0) == min(steps * 3, max(900 - used, 0))
    assert after["cap/step", "2026-11-22"] == used + quantities(evaluation).get("points", 0)
