"""A purchase as tills send it; converted by hand, for the general converter takes half a second for a batch of 500."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from honeyguide.api.input_refused import each
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_reference, checked_text
from honeyguide.api.partner.settled_hold import named_hold
from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.money import MoneyInput
from honeyguide.programs.purchase import Channel, LineKind
from honeyguide.transactions.requests import HoldRef, LineRequest, PostRequest, TenderKind, TenderRequest

described(
    "What a line stands for.",
    PRODUCT="Goods or a service.",
    TAX="Tax that stands apart.",
    SHIPPING="Shipping and handling.",
    GIFT_CARD="A gift card sold.",
    DISCOUNT="A reduction; its amount lies below zero.",
)(LineKind)
described(
    "What a part of a purchase was paid with.",
    CASH="Notes and coins.",
    CARD="A bank card.",
    POINTS="Points of this program, reserved before.",
    VOUCHER="A voucher.",
    GIFT_CARD="A gift card.",
    STORE_CREDIT="Credit that the shop gave before.",
    OTHER="Anything else.",
)(TenderKind)
described("How the purchase came about.", STORE="In a shop.", ONLINE="In a web shop.", APP="In an app.", PHONE="By telephone.")(Channel)


@strawberry.input(description="One line of the receipt.")
class LineInput:
    line_id: str = strawberry.field(description="The line's own id on the receipt; a return names it.")
    sku: str = strawberry.field(description="The article number.")
    category: str | None = strawberry.field(default=strawberry.UNSET, description="The category that rules ask for.")
    mcc: str | None = strawberry.field(default=strawberry.UNSET, description="Merchant category code, where it differs from the partner's.")
    quantity: Decimal = strawberry.field(description="How many.")
    amount: Decimal = strawberry.field(description="What the line cost in all; below zero on a DISCOUNT, and on a PRODUCT that comes back.")
    kind: LineKind = strawberry.field(default=LineKind.PRODUCT, description="What the line stands for.")


@strawberry.input(description="A POINTS tender captures its hold in the same decision.")
class TenderInput:
    kind: TenderKind = strawberry.field(description="What it was paid with.")
    amount: Decimal = strawberry.field(description="How much of the purchase it paid, in the purchase's currency.")
    hold_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Of POINTS: the hold that pays, as authorizeRedemption named it."
    )
    voucher_code: str | None = strawberry.field(default=strawberry.UNSET, description="Of VOUCHER: its code.")


@converted(lambda value: post_request(value))  # noqa: PLW0108 - it is defined below, after what it reads
@strawberry.input(description="A purchase to post.")
class PostTransactionInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup | None = strawberry.field(
        default=strawberry.UNSET,
        description="None: an anonymous purchase with a signed claim link for the receipt.",
    )
    reference: str = strawberry.field(description="The receipt's own number.")
    occurred_at: datetime = strawberry.field(
        description="Up to ten minutes ahead is accepted and flagged; older than the partner's window is parked."
    )
    business_date: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="Default: the date of occurredAt in the location's, else the program's, time zone. "
        "References are unique by location, business date and kind.",
    )
    amount: MoneyInput = strawberry.field(description="What was paid in all; zero is a fully discounted purchase.")
    tax_included: bool = strawberry.field(default=True, description="Whether the amount includes tax.")
    lines: list[LineInput] | None = strawberry.field(
        default=strawberry.UNSET, description="At most 500; signed; DISCOUNT is negative; they sum to the amount."
    )
    tenders: list[TenderInput] | None = strawberry.field(
        default=strawberry.UNSET, description="What it was paid with; they sum to the amount. None: unknown, and no points."
    )
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop.")
    terminal: str | None = strawberry.field(default=strawberry.UNSET, description="Which till.")
    cashier: str | None = strawberry.field(default=strawberry.UNSET, description="Who was at the till, by the partner's own id.")
    channel: Channel | None = strawberry.field(default=strawberry.UNSET, description="How the purchase came about.")
    recorded_offline: bool = strawberry.field(
        default=False, description="Whether the till recorded it without a connection and posts it now."
    )


def post_request(value: Mapping[str, Any]) -> PostRequest:
    """The use case's request out of a coerced PostTransactionInput; raises InputRefused."""
    location = checked_text(value.get("location"), "location")
    member = value.get("member")
    amount, reference = value["amount"], checked_reference(value["reference"])
    scanned_at = value["occurredAt"] if value["recordedOffline"] else None
    return PostRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        member=read_lookup(member, location, scanned_at, reference) if member is not None else None,
        reference=reference,
        occurred_at=value["occurredAt"],
        amount=amount["amount"],
        currency=amount["currency"],
        lines=line_requests(value.get("lines")),
        tenders=each(_tender, value.get("tenders"), "tenders"),
        business_date=value.get("businessDate"),
        tax_included=value["taxIncluded"],
        location=location,
        terminal=checked_text(value.get("terminal"), "terminal"),
        cashier=checked_text(value.get("cashier"), "cashier"),
        channel=value.get("channel"),
        recorded_offline=value["recordedOffline"],
    )


def line_requests(lines: Iterable[Mapping[str, Any]] | None) -> tuple[LineRequest, ...]:
    return each(_line, lines, "lines")


def _line(line: Mapping[str, Any]) -> LineRequest:
    return LineRequest(
        line_id=checked_text(line["lineId"], "lineId"),
        quantity=line["quantity"],
        amount=line["amount"],
        sku=checked_text(line["sku"], "sku"),
        category=checked_text(line.get("category"), "category"),
        mcc=checked_text(line.get("mcc"), "mcc"),
        kind=LineKind(line["kind"]),
    )


def _tender(tender: Mapping[str, Any]) -> TenderRequest:
    return TenderRequest(
        kind=TenderKind(tender["kind"]),
        amount=tender["amount"],
        hold=_hold(tender.get("holdId")),
        voucher_code=checked_text(tender.get("voucherCode"), "voucherCode"),
    )


def _hold(text: str | None) -> HoldRef | None:
    if text is None:
        return None
    hold_id, member_id = named_hold(text)
    return HoldRef(member_id, hold_id)
