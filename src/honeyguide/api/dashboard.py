"""The member's one big read: a single statement, put together of the parts that the query selects; it joins all slices and writes none.

Each part is a statement of dashboard.sql that answers one JSON value about member $2 of program $1 at moment $3;
the dashboard is one SELECT of the parts asked, for one member or for a page of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from honeyguide.api.keys import LONGEST_TEXT
from honeyguide.api.lookahead import Selection
from honeyguide.api.problems import BadArgument, InTheFuture
from honeyguide.api.types.page import Page, page_of, small, whole
from honeyguide.database import Executor, statements
from honeyguide.members.standing import qualifying_rows
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import tier_windows

_SQL = statements(__package__, "dashboard.sql")
_PARAMETER = re.compile(r"\$(\d+)")
_PAGED = re.compile(r"ORDER BY [^\n]*\n\s*LIMIT \$")  # the order of a page, not that of what is looked up beside it
_HEADING = re.compile(r"^-- .*\n")
_SHARED = 3  # $1 program, $2 members, $3 now; what follows belongs to a part

NEWEST = 2**63 - 1
ACTIVITY_KEY = (whole, small)
PURCHASE_KEY = (whole,)


@dataclass(frozen=True, slots=True)
class Part:
    """A value to read: under `key`, by the statement `name`, with arguments of its own after the shared three."""

    key: str
    name: str
    arguments: tuple[Any, ...] = ()
    backward: bool = False


Read = Mapping[str, Any]


async def read_members(
    executor: Executor, program_id: UUID, member_ids: Sequence[UUID], parts: Iterable[Part], now: datetime
) -> dict[UUID, Read]:
    """Each member's parts by their keys; who is unknown is absent."""
    parts = tuple(parts)
    statement = _statement(tuple((part.name, part.backward, len(part.arguments)) for part in parts))
    arguments = [argument for part in parts for argument in part.arguments]
    rows = await executor.fetch(statement, program_id, list(member_ids), now, *arguments)
    return {row["member_id"]: {part.key: row[place + 1] for place, part in enumerate(parts)} for row in rows if row[1] is not None}


def parts_of(selection: Selection, program: Program, now: datetime) -> list[Part]:
    """The parts that fields of Member or MemberRecord need; the profile, which says whether there is a member, comes first."""
    parts = {"profile": Part("profile", "profile")}
    for field in selection.fields():
        for part in _needed(field.name, field.key, field.arguments, field.below, program, now):
            parts.setdefault(part.key, part)
    return list(parts.values())


def activity_part(key: str, page: Page, unit: str | None = None, since: datetime | None = None, transaction_id: UUID | None = None) -> Part:
    upper, lower = page.after or (NEWEST, 2**31 - 1), page.before or (0, 0)
    return Part(key, "activity", (*upper, *lower, page.limit, unit, since, transaction_id), page.backward)


def purchases_part(key: str, page: Page) -> Part:
    upper, lower = page.after or (NEWEST,), page.before or (0,)
    return Part(key, "purchases", (*upper, *lower, page.limit), page.backward)


def windows_part(program: Program, now: datetime) -> Part:
    """What tier and progress are made of: sums of windows, or single days where each member's year begins on a day of its own."""
    if by_member(program):
        rows = qualifying_rows(program, now)
        return Part("windows", "qualifying_days", ([name for name, _ in rows], [day for _, day in rows]))
    windows = tier_windows(program, now)
    columns = tuple([window[place] for window in windows] for place in range(3))
    return Part("windows", "windows", columns)


def account_at_part(unit: str, instant: datetime, program: Program) -> Part:
    return Part(account_at_key(unit, instant), "account_at", (unit, instant, program.time_zone))


def account_at_key(unit: str, instant: datetime) -> str:
    return f"account {unit} {instant.isoformat()}"


def tier_at_key(instant: datetime) -> str:
    return f"tier {instant.isoformat()}"


def past(instant: datetime, now: datetime) -> datetime:
    """An instant of which the books can tell; raises InTheFuture."""
    if instant > now:
        raise InTheFuture("asOf must not lie in the future: the books tell what was posted.")
    return instant


def _unit(text: str | None) -> str | None:
    """An argument of a field, not what was typed into the input of a mutation that is done by now; raises BadArgument."""
    if text is not None and (len(text) > LONGEST_TEXT or "\x00" in text):
        raise BadArgument("There is no such unit.", ("unit",))
    return text


def by_member(program: Program) -> bool:
    return program.tiers is not None and program.tiers.has_own_years


def list_key(answered_as: str | int) -> str:
    """The key of a list, which is asked under a name of the client's choice; with a blank, so that an alias never names another part."""
    return f"list {answered_as}"


def _needed(name: str, key: str, arguments: Mapping[str, Any], below: Selection, program: Program, now: datetime) -> Iterable[Part]:
    match name:
        case "tier" | "progress":
            yield windows_part(program, now)
        case "account" if arguments.get("asOf"):
            unit = _unit(arguments["unit"])
            if unit in program.units:
                yield account_at_part(unit, past(arguments["asOf"], now), program)
        case "tierAt":
            instant = past(arguments["asOf"], now)
            yield Part(tier_at_key(instant), "tier_at", (instant,))
        case "account" | "accounts":
            yield from account_parts(below, program)
        case "activity":
            yield activity_part(
                list_key(key),
                page_of(ACTIVITY_KEY, *_paging(arguments)),
                _unit(arguments.get("unit")),
                arguments.get("since"),
            )
        case "purchases":
            yield purchases_part(list_key(key), page_of(PURCHASE_KEY, *_paging(arguments)))
        case "consents":
            yield Part("consents", "consents")
        case "quietHours" | "birthDate" | "guardianNeeded":
            yield Part("person", "person")
        case "passes":
            yield Part("passes", "passes")


def account_parts(below: Selection, program: Program) -> Iterable[Part]:
    yield Part("balances", "balances")
    if below.has("pendingLots"):
        yield Part("pending_lots", "pending_lots", (program.time_zone,))
    if below.has("expiring"):
        yield Part("expiring", "expiring", (program.time_zone,))


def _paging(arguments: Mapping[str, Any]) -> list[Any]:
    return [arguments.get(name) for name in ("first", "after", "last", "before")]


@lru_cache(maxsize=500)
def _statement(parts: tuple[tuple[str, bool, int], ...]) -> str:
    """One SELECT of the parts for each member asked; PostgreSQL plans each text once a connection."""
    columns, used = [], _SHARED
    for name, backward, count in parts:
        columns.append(f"({_renumbered(name, backward, used - _SHARED)})")
        used += count
    reader = "unnest($2::uuid[]) AS reader (member_id)"
    # $3 may be used by no part; PostgreSQL must still learn its type.
    return (
        "-- dashboard: the parts that a query selects, of each member asked.\nSELECT reader.member_id, "
        + ",\n".join(columns)
        + f"\nFROM {reader}\nWHERE $3::timestamptz IS NOT NULL AND $1::uuid IS NOT NULL"
    )


def _renumbered(name: str, backward: bool, by: int) -> str:
    """A part's text with its own parameters moved behind those of the parts before it, read from the other end where asked."""

    def renumber(match: re.Match[str]) -> str:
        number = int(match[1])
        return "reader.member_id" if number == 2 else f"${number + by if number > _SHARED else number}"

    text = _PARAMETER.sub(renumber, _HEADING.sub("", _SQL[name]))
    return _PAGED.sub(lambda paged: paged[0].replace(" DESC", " ASC"), text) if backward else text
