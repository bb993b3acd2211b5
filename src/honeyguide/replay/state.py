"""What a member ends up with, whoever tells it, the books or the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

_DATES_SHOWN = 3


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
class Witness:
    """Who tells a state, and of which figures."""

    name: str
    of_member: tuple[str, ...]
    of_unit: tuple[str, ...]


BOOKS = Witness("the books say", ("tier", "qualifying"), ("posted", "available", "pending", "held", "debt", "by_date"))
OPERATOR = Witness("the operator is told", ("tier",), ("available", "pending", "held", "debt"))


@dataclass(frozen=True, slots=True)
class Difference:
    household: int
    what: str
    model: Any
    other: Any
    witness: Witness

    def __str__(self) -> str:
        model, other = _apart(self.model, self.other)
        return f"household {self.household}, {self.what}: the model says {model}, {self.witness.name} {other}"


def _apart(one: Any, other: Any) -> tuple[str, str]:
    """Of amounts by date only the first few dates that differ."""
    if not isinstance(one, Mapping):
        return str(one), str(other)
    days = sorted((day for day in {*one, *other} if one.get(day, 0) != other.get(day, 0)), key=lambda day: day or date.max)
    more = f" and {len(days) - _DATES_SHOWN} more dates" if len(days) > _DATES_SHOWN else ""
    return _by_day(one, days) + more, _by_day(other, days) + more


def _by_day(amounts: Mapping[date | None, int], days: Sequence[date | None]) -> str:
    return ", ".join(f"{amounts.get(day, 0)} until {day.isoformat() if day else 'ever'}" for day in days[:_DATES_SHOWN])


def differences(household: int, model: MemberState, other: MemberState | None, witness: Witness = BOOKS) -> Iterator[Difference]:
    if other is None:
        yield Difference(household, "member", "there", "not there", witness)
        return
    for name in witness.of_member:
        if getattr(model, name) != getattr(other, name):
            yield Difference(household, name, getattr(model, name), getattr(other, name), witness)
    for code in sorted({*model.units, *other.units}):
        ours, theirs = model.units.get(code, UnitState()), other.units.get(code, UnitState())
        for name in witness.of_unit:
            mine, others = getattr(ours, name), getattr(theirs, name)
            if mine != others:
                yield Difference(household, f"{name} {code}", mine, others, witness)
