"""How much there is, in the words of a refusal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from builders.programs import a_program
from honeyguide.api.refusal import _most
from honeyguide.transactions.most import MONEY, PIECES, UNIT


@pytest.mark.parametrize(
    ("quantity", "counted", "told"),
    [
        (1250, MONEY, "12.50 $12.50"),
        (80, f"{UNIT}points", "80 80 points"),
        ("1.5", PIECES, "1.5 1.5"),
        (1250, f"{UNIT}stamps", None),
    ],
    ids=["money", "a unit", "pieces of a line", "a unit that the program file no longer has"],
)
def test_a_refusal_tells_how_much_there_is_or_nothing(quantity: int | str, counted: str, told: str | None) -> None:
    context: Any = SimpleNamespace(program=a_program(), language="en")

    most = _most(context, quantity, counted)

    assert (most and " ".join(map(str, most))) == told
