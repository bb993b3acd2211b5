"""What a member ends up with, whoever tells it, the books or the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class UnitState:
    """Minor units; `by_date`: what is open or pending, by the day on which it expires (None: never)."""

    posted: int = 0
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    by_date: Mapping[date | None, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemberState:
    """`qualifying`: cents that count toward tiers, of all days; units in which a member never had anything are left out."""

    tier: str
    qualifying: int
    units: Mapping[str, UnitState]


@dataclass(frozen=True, slots=True)
class Difference:
    household: int
    what: str
    model: Any
    books: Any

    def __str__(self) -> str:
        return f"household {self.household}, {self.what}: the model says {self.model}, the books say {self.books}"


def differences(household: int, model: MemberState, books: MemberState | None) -> Iterator[Difference]:
    if books is None:
        yield Difference(household, "member", "there", "not there")
        return
    for name in ("tier", "qualifying"):
        if getattr(model, name) != getattr(books, name):
            yield Difference(household, name, getattr(model, name), getattr(books, name))
    for code in sorted({*model.units, *books.units}):
        ours, theirs = model.units.get(code, UnitState()), books.units.get(code, UnitState())
        for one in fields(UnitState):
            mine, other = getattr(ours, one.name), getattr(theirs, one.name)
            if mine != other:
                yield Difference(household, f"{one.name} {code}", mine, other)
