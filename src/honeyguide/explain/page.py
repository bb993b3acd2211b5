"""The page: one transaction as a terminal shows it, part by part; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from honeyguide.explain.read import Explained, LotNow
from honeyguide.explain.receipt import facts, receipt
from honeyguide.explain.told import Teller, missed
from honeyguide.explain.why import earned, reasons, why

_LOT_COLUMNS = ("pending", "open", "held", "burned", "expired", "moved")


def page(told: Explained, language: str) -> Group:
    """Everything of it, in the order in which one asks: what, by which rules, to which lots and accounts, and what became of it."""
    tell = Teller(told.program, language)
    title = tell.event(told.event.kind, told.event.partner_name)
    parts: list[RenderableType] = [Rule(Text(title, style="bold")), facts(told, tell)]
    for heading, body in _parts(told, tell):
        parts += [Text(f"\n{tell.say(heading)}", style="bold"), Padding(body, (0, 0, 0, 2))]
    return Group(*parts)


def _parts(told: Explained, tell: Teller) -> Iterator[tuple[str, RenderableType]]:
    detail = told.event.detail
    if (lines := receipt(told, tell)) is not None:
        yield "receipt", lines
    if detail.get("accruals"):
        yield "earned", earned(told, tell)
    if (because := why(told, tell)) is not None:
        yield "why", because
    if lacking := missed(told):
        yield "missed", reasons(lacking, tell)
    if told.tiers:
        yield "tiers", _tiers(told, tell)
    yield "transfers", _transfers(told, tell) if told.lines else Text(tell.say("nothing"))
    made = {lot.lot_id for lot in told.lots}
    if any(move.lot_id not in made for move in told.moves):
        yield "lots", _moves(told, tell)
    if detail.get("dates"):
        yield "dates", _dates(told, tell)
    if told.lots:
        yield "became", _became(told, tell)
    if told.related:
        yield "related", _related(told, tell)
    if told.balances:
        yield "after", _balances(told, tell)


def _tiers(told: Explained, tell: Teller) -> Group:
    return Group(
        *(
            tell.say("until", tier=tell.tier(tier), since=tell.day(since), until=tell.day(until))
            if until
            else tell.say("for_good", tier=tell.tier(tier), since=tell.day(since))
            for tier, since, until in told.tiers
        )
    )


def _transfers(told: Explained, tell: Teller) -> Table:
    table = _table(tell, "line", "from", "to", "quantity", "balance")
    mine = tell.say("member")
    for line in told.lines:
        other = tell.say(line.against) + (f" ({line.partner})" if line.partner else "")
        sides = (other, mine) if line.to_member else (mine, other)
        table.add_row(str(line.line), *sides, tell.quantity(line.unit, line.amount), tell.quantity(line.unit, line.balance_after))
    return table


def _moves(told: Explained, tell: Teller) -> Table:
    table = _table(tell, "of_lot", "quantity", "is", "earned_on", "issuer", "made_by")
    for move in told.moves:
        issuer = move.issuer or tell.say("operator")
        cells = (tell.lot(move.lot_id), tell.quantity(move.unit, move.amount), tell.say(move.what), tell.day(move.earned_at), issuer)
        table.add_row(*cells, str(move.made_by))
    return table


def _dates(told: Explained, tell: Teller) -> Group:
    moved = told.event.detail["dates"]
    names = [(tell.lot(lot), dates) for lot, dates in moved.get("lots", {}).items()]
    names += [(tell.say("balance_of", unit=tell.unit(unit)), dates) for unit, dates in moved.get("balances", {}).items()]
    return Group(
        *(tell.say("moved_date", what=what, before=_date(before, tell), after=_date(after, tell)) for what, (before, after) in names)
    )


def _became(told: Explained, tell: Teller) -> Group:
    """Of each lot that it made, who took of it since, and what is left."""
    shown: list[RenderableType] = []
    for lot in told.lots:
        shown.append(Text(f"{tell.lot(lot.lot_id)}, {tell.quantity(lot.unit, lot.issued)}"))
        shown += [Padding(Text(line), (0, 0, 0, 2)) for line in _lot_since(lot, told, tell)]
    return Group(*shown)


def _lot_since(lot: LotNow, told: Explained, tell: Teller) -> Iterator[str]:
    later = [one for one in told.later if one.lot_id == lot.lot_id]
    at_once = sum(move.amount for move in told.moves if move.lot_id == lot.lot_id and move.what == "repay")
    if at_once:
        yield tell.say("repaid_at_once", quantity=tell.quantity(lot.unit, at_once))
    for one in later:
        quantity, event = tell.quantity(lot.unit, one.amount), tell.event(one.kind, one.partner)
        moment = tell.moment(one.posted_at)
        yield tell.say("of_it", quantity=quantity, what=tell.say(one.what), event=event, id=one.transaction_id, moment=moment)
    if not later and not at_once:
        yield tell.say("nothing_since")
        return
    repaid = at_once + sum(one.amount for one in later if one.what == "repay")
    parts = [(name, getattr(lot, name)) for name in _LOT_COLUMNS] + [("repay", repaid), ("clawed", lot.clawed - repaid)]
    yield tell.say("left", parts=", ".join(f"{tell.quantity(lot.unit, amount)} {tell.say(name)}" for name, amount in parts if amount))


def _related(told: Explained, tell: Teller) -> Group:
    return Group(
        *(
            f"{tell.event(one.kind, one.partner)} {one.transaction_id}, {tell.moment(one.posted_at)}{_given_and_taken(one.detail, tell)}"
            for one in told.related
        )
    )


def _given_and_taken(detail: object, tell: Teller) -> str:
    """How much a reversal took and returned."""
    parts = detail if isinstance(detail, dict) else {}
    taken = [f"-{tell.quantity(row['unit'], row['quantity'])}" for row in parts.get("taken", ())]
    taken += [f"+{tell.quantity(row['unit'], row['quantity'])}" for row in parts.get("returned", ())]
    unmatched = [one for one in parts.get("because", ()) if one["inputs"].get("kind") == "unmatched_return"]
    taken += [f"-{tell.quantity(one['unit'], -one['quantity'])}" for one in unmatched]
    return f": {', '.join(taken)}" if taken else ""


def _balances(told: Explained, tell: Teller) -> Group:
    """Posted, and available where the event recorded it."""
    known = told.event.detail.get("after", {}).get("accounts", {})
    shown = []
    for unit, posted in told.balances.items():
        amount = tell.quantity(unit, posted)
        available = known.get(unit, {}).get("available")
        if available is None:
            shown.append(tell.say("posted_only", unit=tell.unit(unit), posted=amount))
        else:
            shown.append(tell.say("posted_and_available", unit=tell.unit(unit), posted=amount, available=tell.quantity(unit, available)))
    return Group(*shown)


def _table(tell: Teller, *columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(tell.say(name), justify="right" if name in ("quantity", "balance") else "left", no_wrap=name == "made_by")
    return table


def _date(text: str | None, tell: Teller) -> str:
    return tell.day(datetime.fromisoformat(text)) if text else tell.say("never")


def not_found(asked: str, transaction_id: UUID | None) -> str:
    """What is wrong with the id that was asked for."""
    if transaction_id is None:
        return f"`{asked}` is no id of a transaction: give its UUID, or the id of a transaction, an activity or a hold that the API shows"
    return f"the books hold no transaction {transaction_id}"
