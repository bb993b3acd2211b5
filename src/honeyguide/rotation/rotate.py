"""Seal again, under the newest key, what a former one sealed; while the servers go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from honeyguide.database import Connection
from honeyguide.encryption import Cipher, Undecipherable
from honeyguide.rotation.columns import SEALED, SealedColumn
from honeyguide.sealed import Keys

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Rotated:
    """Of one column: `sealed` rows were under a former key; `lost` open under no known key and stay as they are."""

    table: str
    column: str
    rows: int
    sealed: int
    lost: int


async def rotate_columns(connection: Connection, secrets: Keys, *, dry: bool = False) -> list[Rotated]:
    """Row by row and without a lock: a value that changes meanwhile was written under the newest key already."""
    return [await _rotate(connection, one, Cipher.of(secrets, one.purpose), dry=dry) for one in SEALED]


async def _rotate(connection: Connection, one: SealedColumn, cipher: Cipher, *, dry: bool) -> Rotated:
    rows = sealed = lost = 0
    async for row in _rows(connection, one):
        rows += 1
        value, context = row[one.column], one.context(row)
        try:
            plain = cipher.open(value, context)
        except Undecipherable:
            lost += 1
            continue
        if cipher.needs_rotation(value):
            sealed += 1
            if not dry:
                await connection.execute(_update(one), cipher.seal(plain, context), value, *(row[name] for name in one.key))
    return Rotated(one.table, one.column, rows, sealed, lost)


async def _rows(connection: Connection, one: SealedColumn) -> AsyncIterator[Any]:
    """In the order of the primary key, a page at a time, so that a large table is never held."""
    after: tuple[Any, ...] | None = None
    while True:
        page = await connection.fetch(_select(one, first=after is None), _PAGE, *(after or ()))
        for row in page:
            yield row
        if len(page) < _PAGE:
            return
        after = tuple(page[-1][name] for name in one.key)


# Names of tables and columns are those of columns.py, never anybody's input.


def _select(one: SealedColumn, *, first: bool) -> str:
    key, places = ", ".join(one.key), ", ".join(f"${number}" for number in range(2, len(one.key) + 2))
    beyond = "" if first else f" AND ({key}) > ({places})"
    return f"SELECT {key}, {one.column} FROM {one.table} WHERE {one.column} IS NOT NULL{beyond} ORDER BY {key} LIMIT $1"  # noqa: S608


def _update(one: SealedColumn) -> str:
    same_row = " AND ".join(f"{name} = ${number}" for number, name in enumerate(one.key, 3))
    return f"UPDATE {one.table} SET {one.column} = $1 WHERE {one.column} = $2 AND {same_row}"  # noqa: S608
