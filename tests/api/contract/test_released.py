"""What apps in the stores rely on does not change under them: breaking changes, and how something is announced to go (S7, S10)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from graphql import build_schema

from honeyguide.api.contract.released import accepted_in, breaks, deprecations, risks, short_notice
from honeyguide.api.contract.sdl import sdl
from honeyguide.caller import Audience

RELEASED = Path(__file__).parents[3] / "schema" / "released"
TODAY = date(2027, 6, 1)
NOTHING: frozenset[str] = frozenset()


def schema(fields: str, more: str = "") -> str:
    return f"type Query {{ {fields} }} {more}"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("a: Int b: Int", "a: Int", "FIELD_REMOVED Field Query.b was removed."),
        ("a: Int", "a: String", "FIELD_CHANGED_KIND Field Query.a changed type from Int to String."),
        ("a: Int!", "a: Int", "FIELD_CHANGED_KIND Field Query.a changed type from Int! to Int."),
        ("a: Int", "a(x: Int!): Int", "REQUIRED_ARG_ADDED A required argument Query.a(x:) was added."),
    ],
)
def test_s10_a_change_that_breaks_apps_is_named_with_its_place(before: str, after: str, line: str) -> None:
    assert breaks(schema(before), schema(after), NOTHING, TODAY) == [line]
    assert breaks(schema(before), schema(after), frozenset({line}), TODAY) == []


def test_s10_what_is_added_breaks_nothing_and_a_new_member_of_a_union_is_told() -> None:
    before = schema("a: U", "union U = A type A { x: Int } type B { x: Int }")
    after = schema("a: U b: Int", "union U = A | B type A { x: Int } type B { x: Int }")

    assert breaks(before, after, NOTHING, TODAY) == []
    assert risks(before, after) == ["TYPE_ADDED_TO_UNION B was added to union type U."]


@pytest.mark.parametrize(("removal", "broken"), [("2027-06-01", 0), ("2027-06-02", 1)])
def test_s7_what_was_announced_may_go_on_its_day_and_not_before(removal: str, broken: int) -> None:
    reason = f'@deprecated(reason: "It was slow. Use Query.a. Removal: {removal}")'
    before = schema(f"a: Int b: Int {reason} c(x: Int {reason}): E", f"enum E {{ F G {reason} }}")
    after = schema("a: Int c: E", "enum E { F }")

    found = breaks(before, after, NOTHING, TODAY)

    assert len(found) == 3 * broken


@pytest.mark.parametrize(("removal", "late"), [("2027-11-29", True), ("2027-11-30", False), ("some day", True), ("2027-13-01", True)])
def test_s7_a_release_announces_half_a_year_before(removal: str, late: bool) -> None:
    now = schema(f'a: Int b: Int @deprecated(reason: "It was slow. Use Query.a. Removal: {removal}")')

    assert bool(short_notice(schema("a: Int b: Int"), now, TODAY)) == late
    assert short_notice(now, now, TODAY) == []


def test_s7_a_deprecation_without_a_day_never_lapses() -> None:
    before = schema('a: Int b: Int @deprecated(reason: "no longer supported")')

    assert breaks(before, schema("a: Int"), NOTHING, TODAY) == ["FIELD_REMOVED Field Query.b was removed."]


@pytest.mark.parametrize("audience", list(Audience))
def test_s10_nothing_of_the_last_release_is_broken(audience: Audience) -> None:
    released = (RELEASED / f"{audience}.graphql").read_text()
    announced = {one.place for one in deprecations(build_schema(released))}

    found = breaks(released, sdl(audience), accepted_in(RELEASED), date(1, 1, 1))

    assert [line for line in found if not any(place in line for place in announced)] == []
