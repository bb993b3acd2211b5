"""docs/simulators.md runs: its blocks, one after the other, in one event loop."""

from __future__ import annotations

import ast
import re
from inspect import CO_COROUTINE
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs" / "simulators.md"


async def test_every_block_of_the_simulators_page_runs(capsys: Any) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}

    for block in blocks:
        code = compile(block, str(DOCS), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)  # our own page
        if code.co_flags & CO_COROUTINE:
            await result

    assert len(blocks) == 6
    assert "A1 no readable zip" in capsys.readouterr().out
