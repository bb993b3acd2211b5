"""Checks a purchase at the door: what is wrong with it by itself, before anybody's books are looked at; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel, Line, LineKind, Purchase
from honeyguide.quantities import TooLarge, TooManyDecimals, to_minor
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Rejected
from honeyguide.transactions.requests import LineRequest, PostRequest, QuoteRequest, TenderKind
from honeyguide.transactions.tenders import Tender

# Clocks of tills go wrong; a purchase up to this far ahead is accepted and flagged.
MOST_AHEAD = timedelta(minutes=10)
MOST_LINES = 500


def purchase_of(desk: Desk, request: PostRequest | QuoteRequest, occurred_at: datetime) -> Purchase | Rejected:
    """The purchase in minor units, or the first thing that is wrong with it, by the path of its input field."""
    program = desk.applied.program
    if occurred_at > desk.now + MOST_AHEAD:
        return Rejected("IN_THE_FUTURE", ("occurredAt",))
    if (misplaced := desk.misplaced(request.location)) is not None:
        return Rejected(misplaced, ("location",))
    if request.currency != program.currency:
        return Rejected("UNKNOWN_CURRENCY", ("amount", "currency"), facts={"currency": request.currency})
    amount = minor_of(request.amount, program.currency_decimals, ("amount", "amount"))
    if isinstance(amount, Rejected):
        return amount
    lines = _lines(request.lines, program, amount)
    if isinstance(lines, Rejected):
        return lines
    if amount < 0 and not any(is_returned(line) for line in lines):  # an exchange may give money back, a purchase may not
        return Rejected("NEGATIVE_AMOUNT", ("amount", "amount"))
    return Purchase(
        partner=desk.partner.code,
        location=request.location,
        occurred_at=occurred_at,
        amount_minor=amount,
        currency=request.currency,
        lines=lines,
        channel=request.channel or Channel.STORE,
        tax_included=request.tax_included,
    )


def is_returned(line: Line) -> bool:
    """A product that comes back: a negative line of an exchange, or of a return without a receipt (R50)."""
    return line.kind is LineKind.PRODUCT and line.amount_minor < 0


def tenders_of(desk: Desk, request: PostRequest, amount: int) -> tuple[Tender, ...] | Rejected:
    """What the purchase was paid with, in minor units; a tender in points names a hold of the same member."""
    tenders: list[Tender] = []
    for place, tender in enumerate(request.tenders):
        path = ("tenders", str(place))
        minor = minor_of(tender.amount, desk.applied.program.currency_decimals, (*path, "amount"))
        if isinstance(minor, Rejected):
            return minor
        in_points = tender.kind is TenderKind.POINTS
        if in_points and minor <= 0:
            return Rejected("ZERO_QUANTITY" if minor == 0 else "NEGATIVE_AMOUNT", (*path, "amount"))
        if in_points and tender.hold is None:
            return Rejected("HOLD_REQUIRED", (*path, "holdId"))
        if tender.hold is not None and not in_points:
            return Rejected("INVALID_VALUE", (*path, "holdId"))
        tenders.append(Tender(tender.kind, minor, tender.hold.hold_id if tender.hold else None, tender.voucher_code))
    if tenders and sum(tender.amount for tender in tenders) != amount:
        return Rejected("LINES_DO_NOT_ADD_UP", ("tenders",))
    return tuple(tenders)


def _lines(requests: Sequence[LineRequest], program: Program, amount: int) -> tuple[Line, ...] | Rejected:
    if len(requests) > MOST_LINES:
        return Rejected("LIMIT_EXCEEDED", ("lines",), facts={"limit": str(MOST_LINES)})
    lines: list[Line] = []
    seen: set[str] = set()
    for index, request in enumerate(requests):
        minor = minor_of(request.amount, program.currency_decimals, ("lines", str(index), "amount"))
        if isinstance(minor, Rejected):
            return minor
        if request.kind is LineKind.DISCOUNT and minor > 0:
            return Rejected("INVALID_VALUE", ("lines", str(index), "amount"))
        if request.kind is LineKind.PRODUCT and request.quantity < 0 < minor:
            return Rejected("INVALID_VALUE", ("lines", str(index), "quantity"))
        if request.line_id in seen:  # a reversal names lines by their id
            return Rejected("ALREADY_EXISTS", ("lines", str(index), "lineId"))
        seen.add(request.line_id)
        lines.append(Line(request.line_id, request.sku, request.category, request.mcc, request.quantity, minor, request.kind))
    if lines and sum(line.amount_minor for line in lines) != amount:
        return Rejected("LINES_DO_NOT_ADD_UP", ("lines",))
    return tuple(lines)


def minor_of(amount: Decimal, decimals: int, path: tuple[str, ...]) -> int | Rejected:
    """Minor units of an amount with so many decimal places, or what is wrong with it."""
    try:
        return to_minor(amount, decimals)
    except TooManyDecimals:
        return Rejected("TOO_MANY_DECIMALS", path, facts={"decimals": str(decimals)})
    except TooLarge:
        return Rejected("LIMIT_EXCEEDED", path)


def checked_quantity(program: Program, unit: str, quantity: Decimal, *, negative_allowed: bool) -> int | Rejected:
    """Minor units of a quantity that is not zero, or what is wrong with it."""
    amount = minor_of(quantity, program.decimals(unit), ("quantity",))
    if isinstance(amount, Rejected):
        return amount
    if amount == 0:
        return Rejected("ZERO_QUANTITY", ("quantity",))
    if amount < 0 and not negative_allowed:
        return Rejected("NEGATIVE_AMOUNT", ("quantity",))
    return amount
