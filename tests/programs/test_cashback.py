"""Cashback by category: first match, caps that split, waiting time (R11 to R13)."""

from datetime import UTC, datetime

from builders.programs import NOON, a_program, earned, line, purchase, quantities
from honeyguide.programs.evaluation import Facts, evaluate, needs

CARD = """
unit: cash
title: Cashback
base_percent: 1
rows:
  fuel: {title: Fuel, mccs: ['5541'], rate_percent: 5, spend_cap: {amount: 1500, per: quarter}}
  food: {title: Food, categories: [FOOD], rate_percent: 3}
  all-at-cafe: {title: Cafe, partners: [cafe], rate_percent: 2}
"""


def test_r13_the_first_row_that_matches_a_line_wins_and_the_rest_earns_the_base_rate() -> None:
    program = a_program(cashback=CARD)

    at_shop = earned(program, purchase(line("100.00", "FOOD", mcc="5541"), line("100.00", "FOOD"), line("100.00")))
    at_cafe = earned(program, purchase(line("100.00"), partner="cafe"))

    assert quantities(at_shop) == {"cash": 500 + 300 + 100}
    assert [because.rule for because in at_shop.accruals[0].because] == ["fuel", "food", "cashback"]
    assert quantities(at_cafe) == {"cash": 200}


def test_r13_a_purchase_that_crosses_the_quarterly_cap_earns_both_rates() -> None:
    program = a_program(cashback=CARD)

    evaluation = earned(program, purchase(line("200.00", mcc="5541")), used={("spend/fuel", "2026-Q4"): 140_000})

    # 100 at 5 % and 100 at 1 %
    assert quantities(evaluation) == {"cash": 500 + 100}
    assert [use.amount for use in evaluation.counters if use.name == "spend/fuel"] == [10_000]
    inputs = evaluation.accruals[0].because[0].inputs
    assert (inputs["at_rate"], inputs["beyond"], inputs["base_percent"]) == (10_000, 10_000, "1")


def test_r13_a_crossing_purchase_is_rounded_once() -> None:
    program = a_program(cashback=CARD)

    evaluation = earned(program, purchase(line("0.25", mcc="5541")), used={("spend/fuel", "2026-Q4"): 149_989})

    # 0.11 at 5 % = 0.55 cents and 0.14 at 1 % = 0.14 cents: together 0.69, no cent
    assert quantities(evaluation) == {}
    evaluation = earned(program, purchase(line("0.65", mcc="5541")), used={("spend/fuel", "2026-Q4"): 149_989})
    # 0.55 + 0.54 = 1.09 cents; each rounded alone would give none
    assert quantities(evaluation) == {"cash": 1}


def test_r13_the_cap_begins_anew_with_the_next_quarter() -> None:
    program = a_program(cashback=CARD)

    first_of_january = purchase(line("100.00", mcc="5541"), at=datetime(2027, 1, 1, tzinfo=UTC))

    assert [key.period for key in needs(program, first_of_january).counters if key.name == "spend/fuel"] == ["2027-Q1"]
    assert quantities(earned(program, first_of_january, used={("spend/fuel", "2026-Q4"): 150_000})) == {"cash": 500}


def test_a_row_may_cap_what_it_gives() -> None:
    rows = "rows:\n  food: {title: Food, categories: [FOOD], rate_percent: 10, caps: [{at_most: 5.00, per: month}]}"
    program = a_program(cashback=f"unit: cash\ntitle: Cashback\n{rows}")

    evaluation = earned(program, purchase(line("40.00", "FOOD")), used={("cap/food", "2026-11"): 300})

    assert quantities(evaluation) == {"cash": 200}
    assert [(because.rule, because.quantity) for because in evaluation.missed] == [("food", 200)]


def test_r12_ninety_days_from_posting_on_the_first_of_july_end_on_29_september() -> None:
    program = a_program(cashback=CARD + "pending: {days: 90}\n")
    bought = purchase(line("100.00"), at=datetime(2018, 6, 28, 9, tzinfo=UTC))

    (accrual,) = evaluate(program, bought, Facts(posted_at=datetime(2018, 7, 1, 15, tzinfo=UTC))).accruals

    assert accrual.available_at == datetime(2018, 9, 29, tzinfo=UTC)


def test_r11_a_waiting_time_may_run_from_the_purchase_and_may_be_over_already() -> None:
    program = a_program(cashback=CARD + "pending: {days: 14, from: purchase}\n")

    (fresh,) = earned(program, purchase(line("100.00"))).accruals
    (old,) = earned(program, purchase(line("100.00"), at=datetime(2026, 10, 1, tzinfo=UTC))).accruals

    assert fresh.available_at == datetime(2026, 12, 6, tzinfo=UTC)
    assert old.available_at == NOON


def test_cashback_is_exact_at_rates_that_floats_get_wrong() -> None:
    program = a_program(cashback="unit: cash\ntitle: Cashback\nbase_percent: 1.15\nrows: {}\n")

    # 1.15 % of 100.00 is 1.15 exactly; as a float it is 1.1499999999999999
    assert quantities(earned(program, purchase("100.00"))) == {"cash": 115}
