"""Whatever clients do, in whatever order, through whatever outage: the books are those of a model of eighty lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from builders.books_machine import BooksMachine
from builders.examples import examples
from builders.mutants import CLAIMS_IGNORED, LOCKS_DROPPED, PythonEdit, SqlEdit, mutated_python, mutated_sql
from builders.two_servers import two_servers

SHORT = examples(20, long=1_500, steps=25)
# Stops at the first counterexample, so many examples cost nothing where a mistake is found as it should be, and leave no run without one.
QUICK = settings(examples(100, 100, steps=25), derandomize=True, phases=(Phase.generate,))

MUTANTS = {
    "a retried key posts again": CLAIMS_IGNORED,
    "two at once read the same books": LOCKS_DROPPED,
    "a capture leaves the rest of its hold pinned": PythonEdit(
        "honeyguide.ledger.draft:Draft.settle", r"self\.put_back\(lot_id, Move\.RELEASE, amount\)", "pass"
    ),
    "what is owed is not repaid": PythonEdit("honeyguide.ledger.draft:Draft.repay", r"min\(balance\.debt, amount\)", "0"),
    "points round up": PythonEdit(
        "honeyguide.programs.earning.spend:divide", r"return numerator // denominator", "return -(-numerator // denominator)"
    ),
    "a hold outlives its time": PythonEdit("honeyguide.ledger.holds:Hold.is_overdue", r"self\.expires_at <= now", "False"),
    "another body under a key gets the first answer": PythonEdit(
        "honeyguide.till.batch:replay", r"not key\.same_request\(earlier\.request_hash\)", "False"
    ),
}

# What takes rare stories to show is found on paper within a second (test_mutants.py), here only in `make test-long`.
RARE = ("what is owed is not repaid", "a hold outlives its time")


@pytest.fixture
def machine(database_url: str, superuser_url: str, tmp_path: Path) -> Iterator[type[BooksMachine]]:
    """The machine with two servers that live as long as the test."""
    with asyncio.Runner() as runner:
        servers = two_servers(database_url, superuser_url, tmp_path)
        yield type("Machine", (BooksMachine,), {"servers": runner.run(servers.__aenter__()), "runner": runner})
        runner.run(servers.__aexit__(None, None, None))


@pytest.mark.hypothesis
def test_the_books_are_the_models_after_every_step_of_any_story(machine: type[BooksMachine]):
    run_state_machine_as_test(machine, settings=SHORT)


@pytest.mark.parametrize(
    "mutant",
    [pytest.param(edit, id=name, marks=[pytest.mark.long] if name in RARE else []) for name, edit in MUTANTS.items()],
)
def test_a_mistake_is_found(machine: type[BooksMachine], superuser_url: str, mutant: PythonEdit | SqlEdit):
    mutated = _mutated(mutant, superuser_url)
    machine.runner.run(mutated.__aenter__())
    try:
        with pytest.raises((AssertionError, ExceptionGroup)):
            run_state_machine_as_test(machine, settings=QUICK)
    finally:
        machine.runner.run(mutated.__aexit__(None, None, None))


def _mutated(mutant: PythonEdit | SqlEdit, superuser_url: str) -> AbstractAsyncContextManager[None]:
    @asynccontextmanager
    async def in_python() -> AsyncIterator[None]:
        with mutated_python(mutant):
            yield

    return mutated_sql(superuser_url, mutant) if isinstance(mutant, SqlEdit) else in_python()
