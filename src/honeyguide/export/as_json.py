"""An export as JSON: one object, a key a part, written row by row (README.md has its schema)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

import orjson

from honeyguide.export.reading import Reading
from honeyguide.programs.localised import in_language

FORMAT, VERSION = "honeyguide-member-export", 1
# Millions of purchases; beyond it something is wrong, and the disk is not ours alone.
LARGEST = 512 * 1024 * 1024


class TooLarge(Exception):
    """More than an export may have."""


async def write_json(reading: Reading, out: IO[bytes], now: datetime) -> None:
    """Raises TooLarge."""
    telling, program = reading.telling, reading.telling.program
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now,
        "language": telling.language,
        "program": {"code": program.code, "name": in_language(program.name, telling.language, program.default_locale)},
    }
    out.write(_json(head)[:-1])
    async for part, rows in reading.parts():
        _write(out, (b',"', part.name.encode(), b'":['))
        first = True
        async for row in rows:
            _write(out, (b"" if first else b",", _json(row)))
            first = False
        out.write(b"]")
    out.write(b"}\n")


def _write(out: IO[bytes], texts: Iterable[bytes]) -> None:
    for text in texts:
        out.write(text)
    if out.tell() > LARGEST:
        raise TooLarge


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain)


def _plain(value: object) -> str:
    """What orjson does not know: the driver's own ids, decimals."""
    return value.isoformat() if isinstance(value, date) else str(value)
