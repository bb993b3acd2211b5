"""What an operator may do alone, as the program file says it."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from honeyguide.programs.approvals import Summed, alone, file_waits, goodwill_budget, merge_waits
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load

DEMO = resources.files("honeyguide.programs").joinpath("gallery", "grocer-and-fuel.yaml").read_text(encoding="utf-8")
BEFORE, _, AFTER = DEMO.partition("\napprovals:\n")
FILE = BEFORE + "\n\n" + AFTER.partition("\n\n")[2] if AFTER else DEMO  # without its own limits
LIMITS = """
approvals:
  goodwill:
    per_post: {points: 500, cashback: 2.50}
    per_agent_per_day: {points: 5000, cashback: 25.00}
    per_member_per_day: {points: 500}
  adjust: {points: 1000, cashback: 10.00}
  transfer: {points: 1000}
  merge: {points: 10000}
  tier: always
  erase: never
  program: never
"""


def program(approvals: str = LIMITS) -> Program:
    loaded = load(FILE + approvals)
    assert isinstance(loaded, Program), loaded
    return loaded


def test_what_is_not_named_waits_for_nobody() -> None:
    file = program("")

    assert alone(file, Summed.ADJUST, "points") is None
    assert not merge_waits(file, {"points": 10**9})
    assert not file_waits(file, program())


def test_without_a_budget_agents_give_nothing() -> None:
    budget = goodwill_budget(program(""), "points")

    assert (budget.per_post, budget.per_agent_per_day) == (0, 0)


def test_limits_are_in_the_units_own_decimals() -> None:
    file = program()

    assert goodwill_budget(file, "cashback").per_post == 250
    assert goodwill_budget(file, "cashback").per_member_per_day is None
    assert alone(file, Summed.ADJUST, "cashback") == 1000
    assert alone(file, Summed.TRANSFER, "cashback") is None


@pytest.mark.parametrize(("points", "waits"), [(10_000, False), (10_001, True)])
def test_a_merge_with_who_has_more_than_the_limit_waits(points: int, waits: bool) -> None:
    assert merge_waits(program(), {"points": points, "cashback": 10**9}) is waits


@pytest.mark.parametrize(("merge", "waits"), [("always", True), ("never", False)])
def test_merges_wait_always_or_never(merge: str, waits: bool) -> None:
    assert merge_waits(program(f"\napprovals: {{merge: {merge}}}\n"), {}) is waits


def test_a_change_of_the_limits_waits_though_files_do_not() -> None:
    lowered = program(LIMITS.replace("adjust: {points: 1000", "adjust: {points: 999999"))

    assert file_waits(program(), lowered)
    assert file_waits(program(), program(""))
    assert not file_waits(program(), program())


@pytest.mark.parametrize(
    ("approvals", "message"),
    [
        ("{adjust: {pionts: 5}}", "there is no unit `pionts`"),
        ("{goodwill: {per_post: {points: 1.5}}}", "1.5 has more than 0 decimals"),
        ("{merge: {points: -1}}", "-1 is below 0"),
        ("{tier: maybe}", "`maybe` is none of always, never"),
    ],
)
def test_mistakes_are_found_where_they_are(approvals: str, message: str) -> None:
    found: Any = load(FILE + f"\napprovals: {approvals}\n")

    assert isinstance(found, ProgramInvalid)
    assert message in [finding.message for finding in found.findings]


def test_a_limit_of_zero_lets_nobody_act_alone() -> None:
    assert alone(program("\napprovals: {adjust: {points: 0}}\n"), Summed.ADJUST, "points") == 0
