"""The head of the page, what it was, whose and when; and the lines of the receipt; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal, get_currency_precision
from rich.table import Table
from rich.text import Text

from honeyguide.explain.read import Explained
from honeyguide.explain.told import Teller, masked
from honeyguide.quantities import from_minor


def facts(told: Explained, tell: Teller) -> Table:
    event, detail = told.event, told.event.detail
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    reference = [event.reference, event.business_date and tell.say("business_date", day=tell.date(event.business_date))]
    rows = (
        ("id", str(event.transaction_id)),
        ("member", _whose(told, tell)),
        ("by_member", masked(event.by_member_number) if event.by_member_number else ""),
        ("happened", tell.moment(event.occurred_at) + (f", {event.location_name}" if event.location_name else "")),
        ("posted", tell.moment(event.posted_at) + (f" ({told.program.time_zone})" if told.program else "")),
        ("decided", _decided_by(told, tell)),
        ("tier", tell.tier(event.tier) if event.tier else ""),
        ("amount", "" if event.amount_minor is None else _money(event.amount_minor, event.currency, tell)),
        ("tender", ", ".join(_tender(one, event.currency, tell) for one in detail.get("tenders", ()))),
        ("channel", tell.say(str(detail.get("channel", "")))),
        ("flags", ", ".join(map(tell.say, detail.get("flags", ())))),
        ("reason", _reason(event.kind, str(detail.get("reason", "")), tell)),
        ("reference", ", ".join(filter(None, reference))),
        ("of", str(event.of_transaction or "")),
    )
    for name, value in rows:
        if value:
            table.add_row(tell.say(name), Text(printable(value)))
    return table


def receipt(told: Explained, tell: Teller) -> Table | None:
    """What was bought and what came back; of a return its own lines."""
    detail, refunded = told.event.detail, told.event.detail.get("refunded", {})
    bought = {line["id"]: line for one in told.related if one.is_origin for line in one.detail.get("lines", ())}
    came_back = [{**bought.get(line["id"], {}), **line, "returned": True} for line in refunded.get("lines", ())]
    lines: Iterable[Mapping[str, Any]] = [*detail.get("lines", ()), *came_back]
    if not lines:
        return None
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("line", "article", "category", "pieces", "amount", ""):
        table.add_column(tell.say(name) if name else "", justify="right" if name in ("pieces", "amount") else "left")
    for line in lines:
        category = line.get("category") or (f"MCC {line['mcc']}" if line.get("mcc") else "")
        pieces = str(format_decimal(Decimal(line["quantity"]), locale=tell.locale))
        notes = [tell.say(str(line["kind"])) if line.get("kind") else "", tell.say("comes_back") if line.get("returned") else ""]
        cells = (str(line["id"]), str(line.get("sku") or ""), category, pieces, _money(line["amount"], told.event.currency, tell))
        table.add_row(*(Text(printable(cell)) for cell in (*cells, ", ".join(filter(None, notes)))))
    return table


def printable(value: str) -> str:
    """What comes from a till must not steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in value)


def _whose(told: Explained, tell: Teller) -> str:
    event = told.event
    if told.is_anonymous:
        return tell.say("nobody")
    if event.is_household:
        return tell.say("household")
    return tell.say("erased") if event.is_erased or not event.member_number else masked(event.member_number)


def _decided_by(told: Explained, tell: Teller) -> str:
    event = told.event
    program = tell.say("program", code=event.program_code, version=event.program_version)
    return program + (tell.say("since", moment=tell.moment(event.program_applied_at)) if event.program_applied_at else "")


def _tender(tender: Mapping[str, Any], currency: str | None, tell: Teller) -> str:
    """`Card $5.00`, and of what was paid in points, how many."""
    paid = f"{tell.say('tender_' + tender['kind'])} {_money(tender['amount'], currency, tell)}"
    return f"{paid} ({tell.quantity(tender['unit'], tender['quantity'])})" if "quantity" in tender else paid


def _reason(kind: str, reason: str, tell: Teller) -> str:
    """A code's words; what an operator wrote himself may name people and is not shown."""
    return tell.say(reason) if kind == "ADJUSTMENT" or (kind == "TRANSFER" and tell.knows(reason)) else ""


def _money(minor: int, currency: str | None, tell: Teller) -> str:
    if currency is None:
        return ""
    return str(format_currency(from_minor(minor, get_currency_precision(currency)), currency, locale=tell.locale))
