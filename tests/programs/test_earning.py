"""Earning rules: rates, steps, rounding, stacking, filters, caps (R5 to R9)."""

from datetime import timedelta

import pytest

from builders.programs import NOON, a_program, earned, line, purchase, quantities, rule
from honeyguide.programs.evaluation import CounterKey, needs
from honeyguide.programs.purchase import Channel, LineKind


@pytest.mark.parametrize(("spent", "points"), [("49.99", 0), ("50.00", 5000), ("99.99", 5000), ("100.00", 10000)])
def test_r5_a_step_rule_gives_points_for_full_steps_only(spent: str, points: int) -> None:
    program = a_program(earning=rule("step", "every: 50, earn: 5000"))

    evaluation = earned(program, purchase(spent))

    assert quantities(evaluation).get("points", 0) == points


def test_r5_a_step_that_is_missed_says_how_much_is_missing() -> None:
    program = a_program(earning=rule("step", "every: 50, earn: 5000"))

    evaluation = earned(program, purchase("49.99"))

    assert [(because.rule, because.inputs["gap"]) for because in evaluation.missed] == [("rule", 1)]


def test_r5_with_carry_thirty_then_twenty_makes_a_step_on_the_second_purchase() -> None:
    program = a_program(earning=rule("step", "every: 50, earn: 5000, carry: true"))

    first = earned(program, purchase("30.00"))
    carried = {(use.name, use.period): use.amount for use in first.counters if use.name.startswith("carry")}
    second = earned(program, purchase("20.00"), used=carried)

    assert quantities(first) == {}
    assert carried == {("carry/rule", "always"): 3000}
    assert quantities(second) == {"points": 5000}
    assert [use.amount for use in second.counters if use.name.startswith("carry")] == [-3000]


def test_r5_carry_keeps_what_a_step_leaves_over() -> None:
    program = a_program(earning=rule("step", "every: 50, earn: 5000, carry: true"))

    evaluation = earned(program, purchase("130.00"), used={("carry/rule", "always"): 3000})

    assert quantities(evaluation) == {"points": 15000}
    assert [use.amount for use in evaluation.counters if use.name == "carry/rule"] == [1000 - 3000]


def test_r25_a_gap_that_a_return_left_in_what_was_carried_is_filled_before_the_next_step() -> None:
    program = a_program(earning=rule("step", "every: 50, earn: 5000, carry: true"))

    # 30 was bought and 20 made the step; then the 30 came back: 20 count, a step of 50 was given, 30 are owed.
    small = earned(program, purchase("20.00"), used={("carry/rule", "always"): -3000})
    large = earned(program, purchase("80.00"), used={("carry/rule", "always"): -3000})

    assert quantities(small) == {}
    assert [use.amount for use in small.counters if use.name == "carry/rule"] == [2000]
    assert [(because.quantity, because.inputs["gap"]) for because in small.missed] == [(0, 6000)]
    assert quantities(large) == {"points": 5000}
    assert [use.amount for use in large.counters if use.name == "carry/rule"] == [3000]


def test_r25_what_a_return_took_out_of_a_cap_is_free_again() -> None:
    program = a_program(earning=rule("spend", "earn: 1, caps: [{at_most: 100, per: day}]"))

    full = earned(program, purchase("80.00"), used={("cap/rule", "2026-11-22"): 100})
    freed = earned(program, purchase("80.00"), used={("cap/rule", "2026-11-22"): 100 - 70})
    empty = earned(program, purchase("80.00"), used={("cap/rule", "2026-11-22"): 0})

    assert [quantities(evaluation).get("points", 0) for evaluation in (full, freed, empty)] == [0, 70, 80]


@pytest.mark.parametrize(("spent", "points"), [("4.00", 6), ("3.00", 4)])
def test_r6_one_and_a_half_points_a_dollar_round_down_by_default(spent: str, points: int) -> None:
    program = a_program(earning=rule("spend", "earn: 1.5"))

    assert quantities(earned(program, purchase(spent))) == {"points": points}


def test_r6_five_points_for_every_two_dollars_fifty_are_five_for_three_dollars_and_not_six() -> None:
    program = a_program(earning=rule("step", "every: 2.50, earn: 5"))

    assert quantities(earned(program, purchase("3.00"))) == {"points": 5}


@pytest.mark.parametrize(
    ("rounding", "points"), [("floor", [0, 1, 2, 3]), ("ceiling", [1, 2, 3, 4]), ("half_up", [1, 2, 3, 3]), ("half_even", [0, 2, 2, 3])]
)
def test_r6_rounding_is_named(rounding: str, points: list[int]) -> None:
    program = a_program(earning=rule("spend", f"earn: 1, rounding: {rounding}"))

    assert [quantities(earned(program, purchase(spent))).get("points", 0) for spent in ("0.50", "1.50", "2.50", "3.40")] == points


def test_r6_lines_are_summed_before_the_one_rounding() -> None:
    program = a_program(earning=rule("spend", "earn: 1"))

    evaluation = earned(program, purchase(line("0.60"), line("0.60"), line("0.80")))

    assert quantities(evaluation) == {"points": 2}


def test_r6_multipliers_multiply_before_the_rounding_and_the_cap_comes_last() -> None:
    multipliers = "{tiers: {gold: 1.5}, categories: {FRUIT: 2}}"
    program = a_program(earning=rule("spend", f"earn: 1, multipliers: {multipliers}, caps: [{{at_most: 7, per: day}}]"))

    (accrual,) = earned(program, purchase(line("1.10", "FRUIT"), line("3.20")), tier="gold").accruals

    # (2 x 1.10 + 3.20) x 1.5 = 8.10: rounded once to 8, then capped to 7
    assert accrual.quantity == 7
    assert accrual.because[0].inputs["uncapped"] == 8
    assert accrual.because[0].inputs["factors"] == "1:320 2:110"


@pytest.mark.parametrize(("stacking", "points"), [("best", 20), ("sum", 33), ("first", 10)])
def test_r7_stacking_is_declared(stacking: str, points: int) -> None:
    rules = (
        rule("step", "every: 1000, earn: 9", code="never")
        + rule("spend", "earn: 1", code="one")
        + rule("spend", "earn: 2", code="two")
        + rule("visit", "earn: 3", code="visit")
    )
    program = a_program(
        earning=rules, units=f"points: {{kind: points, name: points, stacking: {stacking}}}\ncash: {{kind: money, name: cash}}"
    )

    evaluation = earned(program, purchase("10.00"))

    assert quantities(evaluation) == {"points": points}


def test_r7_the_rules_that_lost_are_recorded_as_missed() -> None:
    rules = rule("spend", "earn: 1", code="one") + rule("spend", "earn: 2, caps: [{at_most: 100, per: day}]", code="two")
    program = a_program(earning=rules, units="points: {kind: points, name: points, stacking: first}\ncash: {kind: money, name: cash}")

    evaluation = earned(program, purchase("10.00"))

    assert [(because.rule, because.quantity, because.inputs["winner"]) for because in evaluation.missed] == [("two", 20, "one")]
    assert not any(use.name == "cap/two" for use in evaluation.counters)


@pytest.mark.parametrize("kind", [LineKind.TAX, LineKind.SHIPPING, LineKind.GIFT_CARD])
def test_r8_tax_shipping_and_gift_cards_earn_nothing_by_default(kind: LineKind) -> None:
    program = a_program(earning=rule("spend", "earn: 1"))

    evaluation = earned(program, purchase(line("10.00"), line("5.00", kind=kind)))

    assert quantities(evaluation) == {"points": 10}
    assert [use.amount for use in evaluation.counters if use.name == "qualifying/spend"] == [1000]


def test_r8_a_rule_may_name_the_kinds_that_count() -> None:
    program = a_program(earning=rule("spend", "earn: 1, lines: {kinds: [PRODUCT, SHIPPING]}"))

    assert quantities(earned(program, purchase(line("10.00"), line("5.00", kind=LineKind.SHIPPING)))) == {"points": 15}


def test_a_discount_lowers_what_counts_and_never_below_nothing() -> None:
    program = a_program(earning=rule("spend", "earn: 1"))

    assert quantities(earned(program, purchase(line("10.00"), line("-3.00", kind=LineKind.DISCOUNT)))) == {"points": 7}
    assert quantities(earned(program, purchase(line("2.00"), line("-3.00", kind=LineKind.DISCOUNT)))) == {}


def test_r9_the_tier_at_the_time_of_the_purchase_decides() -> None:
    program = a_program(earning=rule("spend", "earn: 50, per: 100, multipliers: {tiers: {gold: 2}}"))

    assert quantities(earned(program, purchase("100.00"), tier="gold")) == {"points": 100}
    assert quantities(earned(program, purchase("100.00"), tier="silver")) == {"points": 50}


def test_r9_a_cap_cuts_the_excess_and_records_the_reason() -> None:
    program = a_program(earning=rule("spend", "earn: 1, caps: [{at_most: 100, per: day}, {at_most: 500, per: month}]"))

    evaluation = earned(program, purchase("80.00"), used={("cap/rule", "2026-11-22"): 40, ("cap/rule", "2026-11"): 300})

    (accrual,) = evaluation.accruals
    assert accrual.quantity == 60
    assert accrual.because[0].inputs["cap_period"] == "day"
    assert [(because.quantity, because.inputs["kind"]) for because in evaluation.missed] == [(20, "cap")]
    assert {use.period: use.amount for use in evaluation.counters if use.name == "cap/rule"} == {"2026-11-22": 60, "2026-11": 60}


def test_a_cap_that_is_used_up_gives_nothing_and_counts_nothing() -> None:
    program = a_program(earning=rule("spend", "earn: 1, caps: [{at_most: 100, per: year}]"))

    evaluation = earned(program, purchase("80.00"), used={("cap/rule", "2026"): 100})

    assert evaluation.accruals == ()
    assert [use.name for use in evaluation.counters] == ["qualifying/spend"]


def test_needs_names_the_counters_of_the_purchases_own_day() -> None:
    caps = "[{at_most: 9, per: purchase}, {at_most: 9, per: week}, {at_most: 9, per: quarter}, {at_most: 9, per: half_year}]"
    program = a_program(earning=rule("step", f"every: 5, earn: 1, carry: true, caps: {caps}"))

    read = needs(program, purchase("1.00", at=NOON - timedelta(days=60)))

    assert read.counters == (
        CounterKey("carry/rule", "always"),
        CounterKey("cap/rule", "2026-W39"),
        CounterKey("cap/rule", "2026-Q3"),
        CounterKey("cap/rule", "2026-H2"),
    )


def test_a_purchase_of_zero_is_a_visit_and_earns_nothing_by_amount() -> None:
    units = "points: {kind: points, name: points}\nstamps: {kind: stamps, name: stamps}"
    partners = "shop: {name: Shop, issues: [points, stamps]}"
    rules = rule("spend", "earn: 1", code="spend") + rule("visit", "earn: 1", unit="stamps", code="visit")
    program = a_program(earning=rules, units=units, partners=partners)

    assert quantities(earned(program, purchase("0.00"))) == {"stamps": 1}


def test_a_visit_may_ask_for_a_minimum_and_for_certain_goods() -> None:
    program = a_program(earning=rule("visit", "earn: 1, minimum: 5, lines: {categories: [COFFEE]}"))

    assert quantities(earned(program, purchase(line("5.00", "COFFEE")))) == {"points": 1}
    assert quantities(earned(program, purchase(line("4.00", "COFFEE"), line("9.00", "CAKE")))) == {}
    assert quantities(earned(program, purchase(line("9.00", "CAKE")))) == {}


@pytest.mark.parametrize(
    ("lines", "points"),
    [
        ("{categories: [COFFEE]}", 1),
        ("{skus: [S1]}", 1),
        ("{mccs: ['5814']}", 4),
        ("{except: {categories: [COFFEE]}}", 6),
        ("{except: {skus: [S1, S2]}}", 4),
        ("{categories: [COFFEE, CAKE], except: {skus: [S1]}}", 2),
    ],
)
def test_lines_are_filtered_by_category_article_and_merchant_category(lines: str, points: int) -> None:
    program = a_program(earning=rule("spend", f"earn: 1, lines: {lines}"))

    bought = purchase(line("1.00", "COFFEE", sku="S1"), line("2.00", "CAKE", sku="S2"), line("4.00", mcc="5814"))

    assert quantities(earned(program, bought)) == {"points": points}


def test_a_purchase_without_lines_has_no_category_but_its_partners_merchant_category() -> None:
    partners = "shop: {name: Shop, issues: [points], mcc: '5411'}"
    by_category = a_program(earning=rule("spend", "earn: 1, lines: {categories: [COFFEE]}"), partners=partners)
    by_mcc = a_program(earning=rule("spend", "earn: 1, lines: {mccs: ['5411']}"), partners=partners)

    assert quantities(earned(by_category, purchase("3.00"))) == {}
    assert quantities(earned(by_mcc, purchase("3.00"))) == {"points": 3}


def test_rules_may_be_limited_to_partners_channels_and_tiers() -> None:
    partners = "shop: {name: Shop, issues: [points]}\ncafe: {name: Cafe, issues: [points]}\nbank: {name: Bank}"
    program = a_program(earning=rule("spend", "earn: 1, partners: [shop], channels: [APP], tiers: [gold]"), partners=partners)

    def points(partner: str, channel: Channel, tier: str) -> int:
        return quantities(earned(program, purchase("5.00", partner=partner, channel=channel), tier=tier)).get("points", 0)

    assert points("shop", Channel.APP, "gold") == 5
    assert points("cafe", Channel.APP, "gold") == 0
    assert points("shop", Channel.STORE, "gold") == 0
    assert points("shop", Channel.APP, "silver") == 0


def test_a_partner_that_may_not_issue_a_unit_or_is_unknown_gives_none() -> None:
    partners = "shop: {name: Shop, issues: [points]}\nbank: {name: Bank}"
    program = a_program(earning=rule("spend", "earn: 1"), partners=partners)

    assert earned(program, purchase("5.00", partner="bank")).accruals == ()
    assert earned(program, purchase("5.00", partner="nobody")).accruals == ()


def test_rules_of_equal_dates_are_one_accrual_with_two_reasons() -> None:
    program = a_program(earning=rule("spend", "earn: 1", code="one") + rule("visit", "earn: 5", code="five"))

    (accrual,) = earned(program, purchase("10.00")).accruals

    assert (accrual.quantity, [because.rule for because in accrual.because]) == (15, ["one", "five"])
