"""Whatever clients do, in whatever order, through whatever outage: the books are those of a model of eighty lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from builders.books_machine import BooksMachine
from builders.examples import examples
from builders.two_servers import two_servers

SHORT = examples(20, long=1_500, steps=25)


@pytest.fixture
def machine(database_url: str, tmp_path: Path) -> Iterator[type[BooksMachine]]:
    """The machine with two servers that live as long as the test."""
    with asyncio.Runner() as runner:
        servers = two_servers(database_url, tmp_path)
        yield type("Machine", (BooksMachine,), {"servers": runner.run(servers.__aenter__()), "runner": runner})
        runner.run(servers.__aexit__(None, None, None))


@pytest.mark.hypothesis
def test_the_books_are_the_models_after_every_step_of_any_story(machine: type[BooksMachine]):
    run_state_machine_as_test(machine, settings=SHORT)
