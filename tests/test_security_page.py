"""docs/security.md says what is true: each attack that it names is a test, and each threat has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")


def threats() -> list[list[str]]:
    """The rows of the table: threat, answer, tests."""
    table = PAGE.read_text().partition("| threat |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


def test_each_threat_has_an_answer_and_a_test_that_tries_it() -> None:
    rows = threats()

    assert len(rows) > 20
    for row in rows:
        assert len(row) == 3 and TEST.findall(row[2]), row[0]


def test_each_test_that_is_named_exists() -> None:
    missing = [f"{file}::{name}" for row in threats() for file, name in TEST.findall(row[2]) if name not in names_in(ROOT / file)]

    assert missing == []


def test_each_address_within_the_repository_leads_somewhere() -> None:
    for page in (PAGE, ROOT / ".github" / "SECURITY.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), target


def names_in(file: Path) -> set[str]:
    if not file.exists():
        return set()
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
