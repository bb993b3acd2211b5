"""Limits of redeeming and what partners may do."""

from builders.programs import a_program
from honeyguide.programs.limits import daily_burn_limit, post_burn_limit
from honeyguide.programs.partners import may_accept, window_days

LIMITED = "limits: {burn_per_day: {NUMBER: {points: 500, cash: 5.00}, PRESENT: {points: 2000}}, burn_per_post: {NUMBER: {points: 200}}}\n"


def test_a_number_alone_redeems_up_to_the_daily_limit_of_the_unit() -> None:
    program = a_program(more=LIMITED)

    assert (daily_burn_limit(program, "NUMBER", "points"), daily_burn_limit(program, "NUMBER", "cash")) == (500, 500)


def test_a_unit_without_a_limit_cannot_be_redeemed_by_number_unless_that_is_said() -> None:
    assert daily_burn_limit(a_program(), "NUMBER", "points") == 0
    unlimited = a_program(more="limits: {burn_per_day: {NUMBER: {points: unlimited}}}\n")
    assert daily_burn_limit(unlimited, "NUMBER", "points") is None


def test_stronger_proofs_and_single_posts_have_no_limit_unless_that_is_said() -> None:
    program = a_program(more=LIMITED)

    assert [daily_burn_limit(program, proof, "points") for proof in ("PRESENT", "APPROVED")] == [2000, None]
    assert daily_burn_limit(program, "PRESENT", "cash") is None
    assert [post_burn_limit(program, proof, "points") for proof in ("NUMBER", "PRESENT", "APPROVED")] == [200, None, None]


def test_partners_accept_what_the_file_says_and_strangers_nothing() -> None:
    program = a_program()

    assert may_accept(program, "shop", "points")
    assert not may_accept(program, "cafe", "points")
    assert not may_accept(program, "nobody", "points")
    assert (window_days(program, "shop"), window_days(program, "cafe"), window_days(program, "nobody")) == (400, 30, 0)
