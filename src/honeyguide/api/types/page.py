"""Keyset connections: 1..100 a page, default 20, both directions (S2)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import orjson
import strawberry

from honeyguide.api.problems import BadArgument
from honeyguide.database import Section

Row = TypeVar("Row")
Shape = tuple[Callable[[Any], Any], ...]

LARGEST_PAGE = 100
DEFAULT_PAGE = 20

First = Annotated[
    int | None, strawberry.argument(description="Up to this many from the start, 1 to 100; 20 when neither first nor last is given.")
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="Up to this many from the end, 1 to 100; not together with first.")]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]


@strawberry.type(description="Where this page lies in the list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether more precedes.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


@dataclass(frozen=True, slots=True)
class Page:
    """What a client asks of a list: how many, from which end, and the keys between which."""

    size: int
    backward: bool
    after: tuple[Any, ...] | None
    before: tuple[Any, ...] | None

    @property
    def limit(self) -> int:
        """One row more than the page, to learn whether more follows."""
        return self.size + 1

    @property
    def section(self) -> Section:
        """The rows to read for it, one to spare."""
        return Section(self.limit, self.after, self.before, self.backward)


def page_of(shape: Shape, first: int | None, after: str | None, last: int | None = None, before: str | None = None) -> Page:
    """Check the paging arguments; `shape` reads the parts of a cursor's key; raises BadArgument."""
    if first is not None and last is not None:
        raise BadArgument("first and last exclude each other.", ("last",))
    size = first if first is not None else last if last is not None else DEFAULT_PAGE
    if not 1 <= size <= LARGEST_PAGE:
        raise BadArgument(f"A page has 1 to {LARGEST_PAGE} items.", ("first" if last is None else "last",))
    return Page(size, last is not None, _key(after, shape, "after"), _key(before, shape, "before"))


def given(value: Any) -> Any:
    """An argument that was left out, or given as null, is None; 0 and the empty text stay what they are."""
    return None if value is strawberry.UNSET else value


def cursor_of(key: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).rstrip(b"=").decode()


def _key(cursor: str | None, shape: Shape, argument: str) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    try:
        key = orjson.loads(base64.b64decode(cursor[:200] + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return tuple(read(part) for read, part in zip(shape, key, strict=True))
    except (binascii.Error, ValueError, TypeError, AttributeError):
        raise BadArgument("That cursor is none of ours.", (argument,)) from None


def whole(value: Any) -> int:
    """A part of a key that is a bigint in the books."""
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("no bigint")
    return value


def small(value: Any) -> int:
    """A part of a key that is an integer of 32 bits."""
    if whole(value) >= 2**31:
        raise ValueError("no integer")
    return int(value)


def moment(value: Any) -> datetime:
    """A part of a key that is a moment in the books; all of ours lie far from the ends of the calendar."""
    read = datetime.fromisoformat(value)
    if read.tzinfo is None or not 1900 <= read.year < 9000:
        raise ValueError("no moment")
    return read


def page_info(page: Page, rows: list[Row], key: Callable[[Row], Sequence[Any]]) -> tuple[list[Row], PageInfo]:
    """Put rows, read in the page's direction with one to spare, into list order and say what lies around them."""
    more, rows = len(rows) > page.size, rows[: page.size]
    if page.backward:
        rows = rows[::-1]
    return rows, PageInfo(
        has_next_page=page.before is not None if page.backward else more,
        has_previous_page=more if page.backward else page.after is not None,
        start_cursor=cursor_of(key(rows[0])) if rows else None,
        end_cursor=cursor_of(key(rows[-1])) if rows else None,
    )
