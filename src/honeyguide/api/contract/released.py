"""What was released of each SDL, and what of it a change would break for apps that are installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from graphql import (
    BreakingChange,
    BreakingChangeType,
    DangerousChange,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
)

# How the reason of each deprecation is written (S7): why, what to use, and the day from which it may go.
REASON = re.compile(r".+\. Use \S.*\. Removal: (\d{4}-\d\d-\d\d)", re.DOTALL)
SHORTEST_NOTICE = timedelta(days=182)
ACCEPTED = "accepted-breaks.txt"
_PLACE = re.compile(r"\b[A-Z]\w*\.\w+(?:\(\w+:?\))?")


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An element that will go: `place` is its coordinate, as in Query.members or Query.members(search:)."""

    place: str
    reason: str

    @property
    def removal(self) -> date | None:
        """None where the reason is not of the form (S7)."""
        found = REASON.fullmatch(self.reason)
        try:
            return date.fromisoformat(found[1]) if found else None
        except ValueError:  # a day that no calendar has
            return None


def deprecations(schema: GraphQLSchema) -> Iterator[Deprecation]:
    """Every deprecated field, argument, input field and enum value."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(type_, GraphQLEnumType):
            marked = {f"{name}.{value}": one.deprecation_reason for value, one in type_.values.items()}
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            marked = {f"{name}.{field}": one.deprecation_reason for field, one in type_.fields.items()}
            for field_name, field in type_.fields.items():
                arguments = getattr(field, "args", {})
                marked |= {f"{name}.{field_name}({one}:)": argument.deprecation_reason for one, argument in arguments.items()}
        else:
            continue
        yield from (Deprecation(place, reason) for place, reason in marked.items() if reason is not None)


def breaks(released: str, now_sdl: str, accepted: frozenset[str], today: date) -> list[str]:
    """What the change breaks, a line each: `KIND place: what`; neither what was announced and is due, nor what was accepted."""
    before, after = build_schema(released), build_schema(now_sdl)
    due = {one.place for one in deprecations(before) if one.removal is not None and one.removal <= today}
    found = [change for change in find_breaking_changes(before, after) if not _is_standard(change)]
    unannounced = [_line(change) for change in found if place_of(change) not in due or not _is_removal(change)]
    return [line for line in unannounced if line not in accepted]


def short_notice(released: str, now_sdl: str, today: date) -> list[str]:
    """Deprecations that a release of `today` would announce, and that give less than six months or no day at all (S7)."""
    known = {one.place for one in deprecations(build_schema(released))}
    fresh = [one for one in deprecations(build_schema(now_sdl)) if one.place not in known]
    return [f"{one.place}: {one.reason}" for one in fresh if one.removal is None or one.removal < today + SHORTEST_NOTICE]


def risks(released: str, now_sdl: str) -> list[str]:
    """What clients may stumble over that handle only what they know: new members of unions, new values of enums."""
    return [_line(change) for change in find_dangerous_changes(build_schema(released), build_schema(now_sdl))]


def accepted_in(folder: Path) -> frozenset[str]:
    """The breaks that a review let pass since the last release; lines with # are the reasons."""
    path = folder / ACCEPTED
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def place_of(change: BreakingChange | DangerousChange) -> str:
    """The coordinate that the change's sentence names, or nothing."""
    found = _PLACE.search(change.description)
    return found[0] if found else ""


def _is_standard(change: BreakingChange) -> bool:
    """A scalar of the language itself that no field has any more; the fields that had it are named."""
    return change.type is BreakingChangeType.TYPE_REMOVED and change.description.startswith("Standard scalar")


def _is_removal(change: BreakingChange) -> bool:
    return change.type.name in ("FIELD_REMOVED", "ARG_REMOVED", "VALUE_REMOVED_FROM_ENUM")


def _line(change: BreakingChange | DangerousChange) -> str:
    return f"{change.type.name} {change.description}"
