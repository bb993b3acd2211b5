"""The access matrix of README.md, read by the API for the scope of each operation and by the test that tries every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from honeyguide.caller import Audience
from honeyguide.identity.access import SCOPES

COLUMNS = (
    "operation",
    "none",
    "member",
    "other member",
    "partner",
    "other partner",
    "location without the scope",
    "agent",
    "operator without the scope",
    "operator",
    "required scope",
)


class Access(StrEnum):
    """What a kind of caller meets; README.md says each in words."""

    UNAUTHENTICATED = "401"
    FORBIDDEN = "403"
    YES = "yes"
    MASKED = "masked"
    OWN = "own"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Operation:
    """A root field of one audience's schema: partner, Mutation, redeem."""

    audience: Audience
    root: str
    field: str


@dataclass(frozen=True, slots=True)
class Row:
    operation: Operation
    access: Mapping[str, Access]  # by column, from none to operator
    scopes: frozenset[str]  # one of them is enough; none is needed where it is empty


class MatrixUnreadable(ValueError):
    """A row of the table is not what COLUMNS, Access and SCOPES allow."""


@cache
def access_matrix() -> Mapping[Operation, Row]:
    return read_matrix(resources.files(__package__).joinpath("README.md").read_text(encoding="utf-8"))


def required_scopes(audience: Audience, root: str, field: str) -> frozenset[str]:
    """The scopes of which the operation takes one, empty for none; raises KeyError for an operation without a row."""
    return access_matrix()[Operation(audience, root, field)].scopes


def read_matrix(markdown: str) -> Mapping[Operation, Row]:
    """The rows below the heading row of COLUMNS; raises MatrixUnreadable."""
    rows: dict[Operation, Row] = {}
    for cells in _table(markdown):
        row = _row(cells)
        if row.operation in rows:
            raise MatrixUnreadable(f"two rows for {cells[0]}")
        rows[row.operation] = row
    return rows


def _table(markdown: str) -> list[tuple[str, ...]]:
    lines = [tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in markdown.splitlines() if line.startswith("|")]
    if COLUMNS not in lines:
        raise MatrixUnreadable("no table with the columns of the access matrix")
    return lines[lines.index(COLUMNS) + 2 :]


def _row(cells: tuple[str, ...]) -> Row:
    if len(cells) != len(COLUMNS):
        raise MatrixUnreadable(f"{cells[0]}: {len(cells)} cells, not {len(COLUMNS)}")
    try:
        audience, path = cells[0].split(" ")
        root, field = path.split(".")
        operation = Operation(Audience(audience), root, field)
        access = {column: Access(cell) for column, cell in zip(COLUMNS[1:-1], cells[1:-1], strict=True)}
    except ValueError as error:
        raise MatrixUnreadable(f"{cells[0]}: {error}") from error
    scopes = frozenset() if cells[-1] == "-" else frozenset(cells[-1].split(" / "))
    if unknown := scopes - SCOPES[operation.audience]:
        raise MatrixUnreadable(f"{cells[0]}: {', '.join(sorted(unknown))} is no scope of a {operation.audience}")
    return Row(operation, access, scopes)
