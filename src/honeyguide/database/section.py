"""A section of a list that is read by keyset, from either end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """At most `limit` rows between two rows' keys, both left out; `from_end`: the last of them, and the last one first."""

    limit: int
    after: Key | None = None
    before: Key | None = None
    from_end: bool = False

    def of(self, statement: str) -> str:
        """The statement, its outermost ORDER BY turned round where the section is read from the end."""
        if not self.from_end:
            return statement
        head, order, tail = statement.rpartition("\nORDER BY ")
        columns, newline, rest = tail.partition("\n")
        return head + order + ", ".join(_turned(column) for column in columns.split(", ")) + newline + rest

    def keys(self, width: int) -> Key:
        """The parts of `after`, then those of `before`, as arguments of a statement; null where there is none."""
        none = (None,) * width
        return (*(self.after or none), *(self.before or none))


def _turned(column: str) -> str:
    return column.removesuffix(" DESC") if column.endswith(" DESC") else f"{column} DESC"
