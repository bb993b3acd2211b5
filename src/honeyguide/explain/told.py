"""A transaction's quantities, moments, names and reasons as text in one language; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.dates import format_date, format_datetime

from honeyguide.explain.read import Event, Explained
from honeyguide.explain.words import words
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel
from honeyguide.programs.texts import reason_text, tier_name
from honeyguide.programs.unmet import Circumstances, unmet
from honeyguide.programs.words import name_beside, quantity_words, word

_SHOWN_OF_A_NUMBER = 4
Because = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Teller:
    """Says things in one language; without a readable program quantities are minor units and rules their codes."""

    program: Program | None
    language: str

    @property
    def locale(self) -> str:
        return self.language.replace("-", "_")

    def say(self, name: str, **values: Any) -> str:
        return words(self.language).get(name, name).format(**values)

    def event(self, kind: str, partner: str | None) -> str:
        return self.say("at", event=self.say(kind), partner=partner) if partner else self.say(kind)

    def quantity(self, unit: str, minor: int) -> str:
        if self.program is None:
            return f"{minor} {unit}"
        beside = name_beside(self.program, unit, minor, self.language)
        return f"{quantity_words(self.program, unit, minor, self.language)} {beside}".strip()

    def moment(self, moment: datetime) -> str:
        zone = self.program.zone if self.program else None
        return str(format_datetime(moment.astimezone(zone) if zone else moment, "medium", locale=self.locale))

    def day(self, moment: datetime) -> str:
        return str(format_date(self.program.local_day(moment) if self.program else moment.date(), "medium", locale=self.locale))

    def tier(self, tier: str | None) -> str:
        return tier_name(self.program, tier, self.language) if self.program and tier else tier or "-"

    def lot(self, lot_id: UUID | str) -> str:
        return self.say("lot", lot=str(lot_id)[:8])

    def reason(self, because: Because) -> str:
        return (reason_text(self.program, because, self.language) if self.program else str(because.get("rule"))) or str(because.get("rule"))

    def inputs(self, because: Because) -> str:
        """All that was looked at, under the names that it was recorded by."""
        inputs = {name: value for name, value in (because.get("inputs") or {}).items() if name not in ("kind", "why")}
        if self.program is None:
            return ", ".join(f"{name} {value}" for name, value in inputs.items())
        unit = str(because.get("unit"))
        said = ((name, word(self.program, unit, name, value, self.language)) for name, value in inputs.items() if value is not None)
        return ", ".join(f"{name} {value}" for name, value in said)


def masked(number: str) -> str:
    """The last digits, so that two people at two screens know that they mean the same member, and no more."""
    return "•" * 4 + number[-_SHOWN_OF_A_NUMBER:]


def reasons(detail: Mapping[str, Any]) -> Iterator[Because]:
    """Why an event that is no purchase did what it did, and why of what it took and returned."""
    yield from detail.get("because", ())
    for part in (*detail.get("taken", ()), *detail.get("returned", ())):
        yield from part.get("because", ())


def missed(told: Explained) -> list[Because]:
    """What a purchase did not earn: recorded, and by the program of its day which rules lacked one thing."""
    event, detail = told.event, told.event.detail
    recorded = list(detail.get("missed", ()))
    if event.kind != "PURCHASE" or told.program is None or event.partner_code is None:
        return recorded
    named = {because["rule"] for accrual in detail.get("accruals", ()) for because in accrual["because"]}
    named |= {because["rule"] for because in recorded}
    lacking = unmet(told.program, _circumstances(event, event.partner_code), named)
    return recorded + [{"rule": one.rule, "quantity": 0, "unit": one.unit, "inputs": dict(one.inputs)} for one in lacking]


def _circumstances(event: Event, partner: str) -> Circumstances:
    categories = frozenset(line["category"] for line in event.detail.get("lines", ()) if "category" in line)
    return Circumstances(partner, Channel(event.detail.get("channel", Channel.STORE)), event.detail.get("tier"), categories)
