"""The trail as lines that an auditor reads with other tools: JSON, of which `act` sorted is what was hashed, or CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.audit import store
from honeyguide.audit.canonical import COLUMNS, canonical, told
from honeyguide.database import Executor

_AT_ONCE = 1_000
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV_HEADING = ("seq", "hash", *COLUMNS, "detail")


async def export(executor: Executor, program_id: UUID, since: datetime, until: datetime, *, as_csv: bool) -> AsyncIterator[str]:
    """Lines with their ends, oldest act first; an act that is not chained yet has neither seq nor hash."""
    write = csv_line if as_csv else json_line
    if as_csv:
        yield _csv(CSV_HEADING)
    after = (since, UUID(int=0))
    while rows := await store.stretch(executor, program_id, since, until, after, _AT_ONCE):
        for row in rows:
            yield write(row)
        after = (rows[-1]["at"], rows[-1]["audit_id"])


def json_line(row: store.Row) -> str:
    link = {"hash": row["hash"].hex() if row["hash"] else None, "seq": row["seq"]}
    return canonical({"act": told(row), **link}).decode() + "\n"


def csv_line(row: store.Row) -> str:
    plain = told(row)
    cells = [row["seq"], row["hash"].hex() if row["hash"] else None, *(plain[name] for name in CSV_HEADING[2:])]
    return _csv([_cell(cell) for cell in cells])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = " ".join(value)
    else:
        text = value if isinstance(value, str) else canonical(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
