"""Every limit and every reason for review that the code can name has words in both languages; the names are read out of the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import honeyguide
from builders.shop import DEMO
from honeyguide.api.words import messages, parked_reasons
from honeyguide.programs.earn_limits import By, Velocity, paces, redemption_paces
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load
from honeyguide.transactions.watch import FROZEN

CALLS_WITH_A_LIMIT = {"LimitExceeded", "limit_refusal", "_exceeded"}
REFUSALS = {"Refusal", "Refused", "Rejected"}
ALL_LIMITS = """limits:
  redemptions_per_day: { cashier: 1, location: 1, partner: 1 }
  earn:
    per_day: { cashier: { posts: 1 }, location: { posts: 1 }, partner: { posts: 1 }, credential: { posts: 1 } }
    velocity:
"""


def named_limits() -> Iterator[tuple[str, str]]:
    """Where in the code, and which: the first argument of what makes a refusal, or its fact `limit`."""
    root = Path(honeyguide.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called in CALLS_WITH_A_LIMIT and call.args and isinstance(call.args[0], ast.Constant):
                yield str(path.relative_to(root)), str(call.args[0].value)
            if called in REFUSALS and len(call.args) > 1 and ast.unparse(call.args[0]) == "'LIMIT_EXCEEDED'":
                yield from ((str(path.relative_to(root)), one) for one in _limit_of(call.args[1]))


def _limit_of(facts: ast.expr) -> list[str]:
    pairs = zip(facts.keys, facts.values, strict=True) if isinstance(facts, ast.Dict) else ()
    return [
        value.value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "limit" and isinstance(value, ast.Constant)
    ]


def program_with_every_limit() -> Program:
    velocities = [f"      - {{ by: {by}, posts: 1, minutes: 1 }}\n" for by in get_args(Velocity.model_fields["by"].annotation)]
    program = load(DEMO.replace("limits:\n", ALL_LIMITS + "".join(velocities), 1))
    assert not isinstance(program, ProgramInvalid), program
    return program


def test_every_limit_that_the_code_names_has_words_in_english_and_german_and_no_words_are_left_over() -> None:
    in_code = {name for _, name in named_limits()}
    of_paces = {pace.reason for pace in redemption_paces(program_with_every_limit())}

    assert {"approvals_waiting", "goodwill_per_post", "renewals_a_day", "burn_per_day"} <= in_code  # the search finds all of its kinds
    assert len(of_paces) == 3
    assert set(messages._LIMITS["en"]) == set(messages._LIMITS["de"]) == in_code | of_paces


def test_the_words_of_a_limit_tell_the_same_numbers_in_both_languages() -> None:
    for name, english in messages._LIMITS["en"].items():
        german = messages._LIMITS["de"][name]
        assert english != german
        told = [{field for _, field, _, _ in Formatter().parse(words) if field} for words in (english, german)]
        assert told[0] == told[1], name


def test_every_pace_and_every_freeze_has_words_for_the_review_in_both_languages() -> None:
    reasons = {pace.reason for pace in paces(program_with_every_limit())} | set(FROZEN.values())

    assert {f"{by.name}_DAY_LIMIT" for by in (By.CASHIER, By.LOCATION, By.PARTNER, By.CREDENTIAL)} <= reasons
    assert reasons <= set(parked_reasons._ENGLISH)
    assert set(parked_reasons._ENGLISH) == set(parked_reasons._GERMAN)
