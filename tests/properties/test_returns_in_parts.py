"""R20: whatever comes back of whatever was bought, in whatever parts and order, ends at what the rest would have earned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, reduce
from uuid import UUID, uuid5

from hypothesis import assume
from hypothesis import strategies as st

from builders.examples import property_of
from builders.programs import NOON, a_program, rule
from honeyguide.programs.evaluation import CounterKey, Facts, evaluate
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel, Line, LineKind, Purchase
from honeyguide.transactions.purchase_detail import RecordedAccrual, RecordedPurchase, RecordedTender, counts_of
from honeyguide.transactions.remainder import Returned, kept_of, remaining

SOME = UUID(int=1)
CATEGORIES = (None, "FRUIT", "FUEL", "TOBACCO")
CASHBACK = """
unit: cash
title: C
base_percent: 0.5
rows:
  fuel: {title: F, categories: [FUEL], rate_percent: 3, spend_cap: {amount: 20, per: month}}
  fruit: {title: F, categories: [FRUIT], rate_percent: 2, caps: [{at_most: 0.30, per: day}]}
"""


RATES = (("0.1", "2.50"), ("100", "0.03"), ("1.5", "7.77"), ("3", "10"))
CAPS = ("", ", caps: [{at_most: 20, per: day}]", ", caps: [{at_most: 9, per: purchase}]")
ROUNDINGS = ("floor", "ceiling", "half_up", "half_even")
STACKINGS = ("sum", "best", "first")
HOW_MANY = len(RATES) * len(CAPS) * len(STACKINGS)


@cache
def program_of(number: int) -> Program:
    """One of 36: spend, steps with and without carry, visits, caps, multipliers, a table of cashback; stacked in any way."""
    (rate, every), rounding, cap = RATES[number % 4], ROUNDINGS[number // 5 % 4], CAPS[number // 4 % 3]
    carries, waits, visits, pays_back = ((number * 7 + 3) >> bit & 1 for bit in range(4))
    pending = ", pending: {days: 3}" if waits else ""
    earning = rule(
        "spend",
        f"earn: {rate}, rounding: {rounding}, lines: {{except: {{categories: [TOBACCO]}}}},"
        f" multipliers: {{categories: {{FRUIT: 2}}, tiers: {{gold: 1.5}}}}{cap}",
        code="spend",
    )
    earning += rule("step", f"every: {every}, earn: 3, carry: {str(bool(carries)).lower()}{pending}", code="step")
    earning += rule("visit", f"earn: 2{pending}", code="visit") if visits else ""
    earning += rule("spend", "earn: 100, lines: {categories: [FUEL]}", code="pump") if number % 2 else ""  # each cent counts
    name = "name: {en: {one: p, other: p}}"
    units = f"points: {{kind: points, {name}, stacking: {STACKINGS[number // 12]}, worth: 0.01}}\ncash: {{kind: money, name: cash}}"
    return a_program(earning=earning, cashback=CASHBACK if pays_back else "", units=units)


@dataclass(frozen=True)
class Bought:
    program: Program
    recorded: RecordedPurchase


Story = tuple[Bought, list[Returned]]


@st.composite
def purchases(draw: st.DrawFn, min_lines: int = 0) -> Bought:
    """A purchase on record, with caps partly used and steps carried, some of it paid in points."""
    program = program_of(draw(st.integers(0, HOW_MANY - 1)))
    amounts = draw(st.lists(st.integers(0, 9) | st.integers(0, 9_000), min_size=min_lines, max_size=5))
    lines = tuple(
        Line(str(place), None, draw(st.sampled_from(CATEGORIES)), None, Decimal(1_000), amount, LineKind.PRODUCT)
        for place, amount in enumerate(amounts)
    )
    total = sum(amounts) if lines else draw(st.integers(1, 20_000))
    purchase = Purchase("shop", None, NOON, total, "USD", lines, Channel.STORE)
    used = {
        CounterKey("cap/spend", "2026-11-22"): draw(st.integers(0, 25)),
        CounterKey("carry/step", "always"): draw(st.integers(-300, 249)),
        CounterKey("spend/fuel", "2026-11"): draw(st.integers(0, 2_500)),
    }
    facts = Facts(NOON, draw(st.sampled_from(["bronze", "gold"])), used)
    return Bought(program, recorded_as(program, purchase, facts))


def recorded_as(program: Program, purchase: Purchase, facts: Facts, paid: tuple[RecordedTender, ...] = ()) -> RecordedPurchase:
    evaluation = evaluate(program, purchase, facts)
    accruals = tuple(
        RecordedAccrual(one.unit, one.quantity, one.rule, one.available_at, one.expires_at, uuid5(SOME, str(place)))
        for place, one in enumerate(evaluation.accruals)
    )
    return RecordedPurchase(purchase, facts, accruals, counts_of(evaluation.counters), paid, 0, False)


@st.composite
def parts_of(draw: st.DrawFn, purchase: Purchase) -> list[Returned]:
    """Parts that may come back in any order: of lines, and amounts that name none."""
    left = purchase.amount_minor
    parts = []
    by_line = {line.line_id: line.amount_minor for line in purchase.lines}
    for _ in range(draw(st.integers(1, 6))):
        line_id = draw(st.sampled_from([None, *by_line]))
        most = min(left, by_line.get(line_id, left))
        if most > 0:
            amount = draw(st.integers(1, most) | st.just(most))
            parts.append(Returned({line_id: (Decimal(1), amount)}) if line_id else Returned(amount=amount))
            left -= amount
            by_line |= {line_id: by_line[line_id] - amount} if line_id else {}
    assume(parts)
    return parts


@st.composite
def stories(draw: st.DrawFn, min_lines: int = 0) -> Story:
    bought = draw(purchases(min_lines))
    return bought, draw(parts_of(bought.recorded.purchase))


def bought_lines(number: int, *lines: tuple[int, str | None], tier: str = "bronze") -> Bought:
    """By hand, with nothing of any cap used."""
    rows = tuple(
        Line(str(place), None, category, None, Decimal(1_000), amount, LineKind.PRODUCT) for place, (amount, category) in enumerate(lines)
    )
    purchase = Purchase("shop", None, NOON, sum(amount for amount, _ in lines), "USD", rows, Channel.STORE)
    return Bought(program_of(number), recorded_as(program_of(number), purchase, Facts(NOON, tier, {})))


# Rare stories that show a mistake each, told in every run.
UNEVEN_SHARES: Story = bought_lines(0, (3, None), (1, None), (8, None)), [Returned(amount=4), Returned(amount=1)]
FIRST_COUNTS: Story = (
    bought_lines(25, (300, None), (250, "TOBACCO"), (100, "FUEL")),
    [Returned({"0": (Decimal(1), 300)}), Returned({"2": (Decimal(1), 100)})],
)


def taken_by(bought: Bought, parts: list[Returned]) -> list[tuple[int, ...]]:
    """What a chain of reversals has taken of each accrual after each part: never less than before (a reversal gives nothing)."""
    so_far, taken, steps = Returned(), (0,) * len(bought.recorded.accruals), []
    for part in parts:
        so_far = so_far.plus(part)
        kept = kept_of(bought.recorded, bought.program, so_far)
        taken = tuple(
            max(before, one.quantity - left) for before, one, left in zip(taken, bought.recorded.accruals, kept.accruals, strict=True)
        )
        steps.append(taken)
    return steps


@property_of(st.data(), purchases(), short=300)
def test_r20_parts_in_any_order_end_at_the_same_reversed_total(data: st.DataObject, bought: Bought):
    parts = data.draw(parts_of(bought.recorded.purchase))
    shuffled = data.draw(st.permutations(parts))

    assert taken_by(bought, parts)[-1] == taken_by(bought, shuffled)[-1]


@property_of(stories(), short=1200, always=[(FIRST_COUNTS,)])
def test_r20_what_is_kept_never_grows_as_more_comes_back_and_never_exceeds_what_was_earned(story: Story):
    bought, parts = story
    so_far, before = Returned(), kept_of(bought.recorded, bought.program, Returned())
    assert before.accruals == tuple(accrual.quantity for accrual in bought.recorded.accruals)

    for part in parts:
        so_far = so_far.plus(part)
        kept = kept_of(bought.recorded, bought.program, so_far)
        assert 0 <= kept.amount == bought.recorded.purchase.amount_minor - so_far.total
        assert all(0 <= now <= then for now, then in zip(kept.accruals, before.accruals, strict=True)), (so_far, before, kept)
        before = kept


@property_of(stories(min_lines=3), short=300, always=[(UNEVEN_SHARES,)])
def test_r20_no_share_of_a_line_grows_as_more_comes_back_and_shares_add_up(story: Story):
    bought, parts = story
    purchase, so_far = bought.recorded.purchase, Returned()
    before = [line.amount_minor for line in purchase.lines]

    for part in parts:
        so_far = so_far.plus(part)
        left = [line.amount_minor for line in remaining(purchase, so_far).lines]
        assert sum(left) == purchase.amount_minor - so_far.total
        assert all(0 <= now <= then for now, then in zip(left, before, strict=True)), (so_far, before, left)
        before = left


@property_of(st.data(), purchases(min_lines=1), short=300)
def test_r20_what_is_kept_is_what_the_lines_that_are_left_would_have_earned(data: st.DataObject, bought: Bought):
    """The rule of record and no proportion: $21.90 at 1 for $10 earns 2, and 16.90 of it 1."""
    purchase, facts = bought.recorded.purchase, bought.recorded.facts
    parts = [part for part in data.draw(parts_of(purchase)) if part.lines]
    assume(parts)
    returned = _together(parts)
    rest = tuple(replace(line, amount_minor=line.amount_minor - returned.lines.get(line.line_id, (0, 0))[1]) for line in purchase.lines)
    assume(returned.total < purchase.amount_minor)

    kept = kept_of(bought.recorded, bought.program, returned)

    of_record = {accrual.rule for accrual in bought.recorded.accruals}
    alone = evaluate(bought.program, replace(purchase, lines=rest, amount_minor=kept.amount), facts, of_record)
    for unit in bought.program.units:
        earned = sum(one.quantity for one in bought.recorded.accruals if one.unit == unit)
        would = sum(one.quantity for one in alone.accruals if one.unit == unit)
        assert sum(n for one, n in zip(bought.recorded.accruals, kept.accruals, strict=True) if one.unit == unit) == min(earned, would)


@property_of(st.data(), purchases(), short=300)
def test_r20_many_small_returns_of_everything_leave_nothing(data: st.DataObject, bought: Bought):
    parts = data.draw(parts_of(bought.recorded.purchase))
    returned = _together(parts)
    rest = bought.recorded.purchase.amount_minor - returned.total
    everything = returned.plus(Returned(amount=rest)) if rest else returned

    kept = kept_of(bought.recorded, bought.program, everything)

    assert (kept.amount, sum(kept.accruals), dict(kept.counts)) == (0, 0, {})


def _together(parts: list[Returned]) -> Returned:
    return reduce(Returned.plus, parts, Returned())
