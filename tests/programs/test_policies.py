"""What the program file decides for reversals, late returns, closing, returns without a receipt, and households."""

from datetime import UTC, datetime

import pytest

from builders.programs import NOON, UNITS, a_program, complaints, source
from honeyguide.ledger.reversals import ClawbackPolicy
from honeyguide.programs.closing import OnClosing, on_closing
from honeyguide.programs.late_returns import date_of_returned
from honeyguide.programs.program import Program
from honeyguide.programs.returns import unmatched_limit
from honeyguide.programs.succession import wrong_succession


def with_points(keys: str) -> str:
    return source(units=UNITS.replace("stacking: sum", f"stacking: sum, {keys}"))


def program_with(keys: str) -> Program:
    return a_program(units=UNITS.replace("stacking: sum", f"stacking: sum, {keys}"))


def test_r21_a_reversal_beyond_the_points_that_are_there_leaves_a_debt_unless_the_unit_says_otherwise() -> None:
    policies = [program_with(f"clawback: {policy.value}").units["points"].clawback for policy in ClawbackPolicy]

    assert a_program().units["points"].clawback is ClawbackPolicy.UNLIMITED
    assert policies == list(ClawbackPolicy)


def test_r23_points_that_come_back_to_an_expired_lot_expire_at_once_unless_the_unit_gives_them_time() -> None:
    grace, given = program_with("returned_to_expired: {grace_days: 30}"), program_with("returned_to_expired: {until: 2027-01-15}")

    assert date_of_returned(a_program(), "points", NOON) is None
    assert date_of_returned(program_with("returned_to_expired: expire"), "points", NOON) is None
    assert date_of_returned(grace, "points", NOON) == datetime(2026, 12, 22, 23, 59, 59, 999_999, tzinfo=UTC)
    assert date_of_returned(given, "points", NOON) == datetime(2027, 1, 15, 23, 59, 59, 999_999, tzinfo=UTC)


def test_r23_a_given_date_that_is_over_gives_no_time() -> None:
    program = program_with("returned_to_expired: {until: 2026-11-21}")

    assert date_of_returned(program, "points", NOON) is None


@pytest.mark.parametrize(
    ("keys", "finding"),
    [
        ("returned_to_expired: {grace_days: 1, until: 2027-01-01}", "say either grace_days or until"),
        ("returned_to_expired: {until: 2027-02-30}", "`2027-02-30` is no day such as 2027-12-31"),
        ("returned_to_expired: {grace_day: 1}", "unknown key `grace_day` (did you mean grace_days?)"),
        ("returned_to_expired: keep", "this should be a mapping"),
        ("clawback: clam", "`clam` is none of unlimited, clamp, within_balance, only_pending (did you mean clamp?)"),
        ("on_closing: pay_out", "to pay out `points` its `worth` must be known"),
    ],
)
def test_mistakes_in_policies_of_a_unit_are_found(keys: str, finding: str) -> None:
    assert any(finding in complaint for complaint in complaints(with_points(keys)))


def test_r41_unspent_points_are_forfeited_at_the_end_unless_the_unit_pays_them_out() -> None:
    assert on_closing(a_program(), "points") is OnClosing.FORFEIT
    assert on_closing(program_with("worth: 0.01, on_closing: pay_out"), "points") is OnClosing.PAY_OUT
    assert a_program(units=UNITS.replace("kind: money", "kind: money, on_closing: pay_out"))


def test_r50_without_a_recorded_purchase_nothing_comes_back_unless_the_file_says_how_much() -> None:
    said = a_program(more="returns: {days: 14, unmatched_per_day: {member: 50.00, cashier: unlimited}}\n")

    assert a_program().returns.days == 30
    assert (unmatched_limit(a_program(), "member"), unmatched_limit(a_program(), "cashier")) == (0, 0)
    assert (said.returns.days, unmatched_limit(said, "member"), unmatched_limit(said, "cashier")) == (14, 5000, None)


def test_limits_of_returns_are_amounts_of_the_currency() -> None:
    text = source(more="returns: {unmatched_per_day: {member: 0.001}}\n")

    assert any("0.001 has more than 2 decimals" in complaint for complaint in complaints(text))


def test_a_program_has_households_only_if_its_file_says_so() -> None:
    pooled = a_program(more="households: {}\n").households

    assert a_program().households is None
    assert pooled is not None
    assert (pooled.max_members, pooled.joins_with, pooled.leaves_with) == (6, "balance", "own")
    assert any(
        "1 is less than 2, the least there can be" in complaint for complaint in complaints(source(more="households: {max_members: 1}\n"))
    )


def test_a_new_version_keeps_households_because_members_may_share_one() -> None:
    before, after = a_program(more="households: {}\n"), a_program()

    (finding,) = wrong_succession(before, after, source())

    assert "keep `households`" in finding.message
    assert wrong_succession(after, before, source(more="households: {}\n")) == ()
