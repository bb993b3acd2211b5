"""A transaction's quantities, moments, names and reasons as text in one language; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from honeyguide.explain.read import Event, Explained
from honeyguide.explain.words import words
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel
from honeyguide.programs.texts import reason_text, rule_title, tier_name
from honeyguide.programs.unmet import Circumstances, unmet
from honeyguide.programs.words import name_beside, quantity_words, unit_name, word
from honeyguide.quantities import from_minor

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
        return words(self.language)[name].format(**values) if self.knows(name) else name

    def knows(self, name: str) -> bool:
        """Is there a word for it? Codes of later releases and of tills are said as they are."""
        return name in words(self.language)

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

    def unit(self, unit: str) -> str:
        return unit_name(self.program, unit, 2, self.language) if self.program and unit in self.program.units else unit

    def date(self, day: date) -> str:
        return str(format_date(day, "medium", locale=self.locale))

    def lot(self, lot_id: UUID | str) -> str:
        return self.say("lot", lot=str(lot_id)[:8])

    def reason(self, because: Because, rules: Sequence[str]) -> str:
        """Why, after the titles of the rules; `rules` may be more than the recorded one."""
        if self.program is None:
            return ", ".join(rules) or str((because.get("inputs") or {}).get("kind", ""))
        if len(rules) <= 1:
            return reason_text(self.program, because, self.language) or str(because.get("rule"))
        titles = " + ".join(rule_title(self.program, rule, self.language) for rule in rules)
        return f"{titles}: {reason_text(self.program, {**because, 'rule': ''}, self.language)}"

    def worked_out(self, because: Because) -> str:
        """What the reason does not say yet of what was looked at; all of it as recorded where the program is not readable."""
        inputs = {name: value for name, value in (because.get("inputs") or {}).items() if name not in ("kind", "why") and value is not None}
        if self.program is None:
            return ", ".join(f"{name} {value}" for name, value in inputs.items())
        unit, is_missed = str(because.get("unit")), (because.get("inputs") or {}).get("why") == "missed"
        names = [name for name in ("steps", "uncapped", "at_rate", "rounding") if name in inputs and not is_missed]
        shares = [_shares(self.program, str(inputs["factors"]), self.locale)] if "factors" in inputs else []
        return ", ".join([*shares, *(self.say(f"input_{name}", value=self._input(unit, name, inputs[name])) for name in names)])

    def _input(self, unit: str, name: str, value: Any) -> str:
        assert self.program is not None
        if name == "uncapped":
            return self.quantity(unit, int(value))
        return self.say(f"rounding_{value}") if name == "rounding" else word(self.program, unit, name, value, self.language)


def _shares(program: Program, factors: str, locale: str) -> str:
    """`1:5240 2:1000` as `$52.40 × 1 + $10.00 × 2`."""
    shares = [share.rsplit(":", 1) for share in factors.split()]
    money = [format_currency(from_minor(int(minor), program.currency_decimals), program.currency, locale=locale) for _, minor in shares]
    times = [format_decimal(Decimal(factor), locale=locale) for factor, _ in shares]
    return " + ".join(f"{amount} × {factor}" for amount, factor in zip(money, times, strict=True))


def masked(number: str) -> str:
    """The last digits, so that two people at two screens know that they mean the same member, and no more."""
    return "•" * 4 + number[-_SHOWN_OF_A_NUMBER:]


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
