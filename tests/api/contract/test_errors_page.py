"""docs/errors.md names every code, and no other leaves: each can be met, and the test that meets it is named here (H6)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from honeyguide.api.contract.errors_page import errors_page
from honeyguide.api.contract.remedies import remedy_of
from honeyguide.api.problems import ProblemCode
from honeyguide.api.types.errors import ErrorCode

ROOT = Path(__file__).parents[3]
TESTS = "\n".join(
    path.read_text() for path in sorted((ROOT / "tests").rglob("*")) if path.suffix in (".py", ".mjs") and path.name != Path(__file__).name
)
SOURCE = "\n".join(path.read_text() for path in sorted((ROOT / "src/honeyguide").rglob("*.py")))
# Met by machines that are broken on purpose, in tests that look at the status or the frames instead of the code.
BY_OTHER_WORDS = {"HEAD_TOO_SLOW", "HEAD_TOO_LARGE", "BODY_TOO_SLOW"}


def test_the_page_is_the_one_that_the_code_makes() -> None:
    assert (ROOT / "docs/errors.md").read_text() == errors_page(), "run `make schema`"


@pytest.mark.parametrize("code", list(ProblemCode))
def test_h6_every_problem_says_when_it_comes_and_what_to_do(code: ProblemCode) -> None:
    assert code.status and code.description.endswith(".") and remedy_of(code).what.endswith(".")


@pytest.mark.parametrize("code", [code for code in ProblemCode if code.value not in BY_OTHER_WORDS])
def test_h6_every_problem_is_met_in_a_test(code: ProblemCode) -> None:
    assert re.search(rf"\b{code.value}\b", TESTS)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_refusal_is_met_in_a_test(code: ErrorCode) -> None:
    assert re.search(rf"\b{code.value}\b", TESTS), f"no test meets {code}"


def test_h6_no_error_leaves_with_a_code_of_no_list() -> None:
    """Codes are written as members of the lists; a bare text in `extensions` would be one of its own."""
    bare = re.findall(r"""extensions=\{"code": "(\w+)\"""", SOURCE)

    assert bare == []
