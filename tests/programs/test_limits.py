"""Limits of redeeming and what partners may do."""

from builders.programs import a_program
from honeyguide.programs.limits import number_burn_limit
from honeyguide.programs.partners import may_accept, window_days

LIMITED = "limits: {burn_per_day: {NUMBER: {points: 500, cash: 5.00}}}\n"


def test_a_number_alone_redeems_up_to_the_daily_limit_of_the_unit() -> None:
    program = a_program(more=LIMITED)

    assert (number_burn_limit(program, "points"), number_burn_limit(program, "cash")) == (500, 500)


def test_a_unit_without_a_limit_cannot_be_redeemed_by_number_unless_that_is_said() -> None:
    assert number_burn_limit(a_program(), "points") == 0
    assert number_burn_limit(a_program(more="limits: {burn_per_day: {NUMBER: {points: unlimited}}}\n"), "points") is None


def test_partners_accept_what_the_file_says_and_strangers_nothing() -> None:
    program = a_program()

    assert may_accept(program, "shop", "points")
    assert not may_accept(program, "cafe", "points")
    assert not may_accept(program, "nobody", "points")
    assert (window_days(program, "shop"), window_days(program, "cafe"), window_days(program, "nobody")) == (400, 30, 0)
