"""What a till names and says when it takes something back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from honeyguide.api.input_refused import InputRefused, Read, each
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_reference, checked_text
from honeyguide.api.types.converted import converted
from honeyguide.api.types.money import MoneyInput
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.transaction import TransactionKind
from honeyguide.transactions.requests import ByAmount, ById, ByLines, ByQuantity, ByReference, ReversalLine, ReverseRequest, Whole


@strawberry.input(description="A transaction by the partner's own number.")
class ReferenceInput:
    reference: str = strawberry.field(description="The receipt's own number.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop; default any.")
    business_date: date | None = strawberry.field(
        default=strawberry.UNSET, description="The day it was posted for; default any, the newest first."
    )
    kind: TransactionKind = strawberry.field(default=TransactionKind.PURCHASE, description="What kind of event.")


@strawberry.input(one_of=True, description="Exactly one thing that names a transaction.")
class TransactionLookup:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its id, as an answer told it.")
    purchase: ReferenceInput | None = strawberry.field(
        default=strawberry.UNSET, description="Its reference; also of a redemption, by kind."
    )


@strawberry.input(description="So many of a line.")
class ReversalLineInput:
    line_id: str = strawberry.field(description="The line's own id on the receipt.")
    quantity: Decimal = strawberry.field(description="How many come back.")
    amount: Decimal = strawberry.field(description="What is paid back for them; of the line's own sign.")


@strawberry.input(one_of=True, description="Exactly one way to say how much.")
class ReversalInput:
    whole: bool | None = strawberry.field(default=strawberry.UNSET, description="All that is left of it; true.")
    amount: MoneyInput | None = strawberry.field(default=strawberry.UNSET, description="So much money of a purchase, whatever its lines.")
    lines: list[ReversalLineInput] | None = strawberry.field(default=strawberry.UNSET, description="Lines of a purchase; at most 500.")
    quantity: Decimal | None = strawberry.field(default=strawberry.UNSET, description="So much of a redemption, in its unit.")


@converted(lambda value: reverse_request(value))  # noqa: PLW0108 - it is defined below, after what it reads
@strawberry.input(description="A return, or a slip of the till.")
class ReverseTransactionInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    transaction: TransactionLookup = strawberry.field(description="What is taken back, a purchase or a redemption.")
    reference: str = strawberry.field(description="The number of the return itself.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    what: ReversalInput = strawberry.field(description="How much of it.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop that takes it back.")
    cashier: str | None = strawberry.field(default=strawberry.UNSET, description="Who was at the till, by the partner's own id.")


def reverse_request(value: Mapping[str, Any]) -> ReverseRequest:
    """The use case's request out of a coerced ReverseTransactionInput; raises InputRefused."""
    return ReverseRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        transaction=_within("transaction", _transaction, value["transaction"]),
        reference=checked_reference(value["reference"]),
        what=_within("what", _what, value["what"]),
        occurred_at=value["occurredAt"],
        location=checked_text(value.get("location"), "location"),
        cashier=checked_text(value.get("cashier"), "cashier"),
    )


def _transaction(value: Mapping[str, Any]) -> ById | ByReference:
    if "id" in value:
        node_id = NodeId.of_kind(NodeKind.TRANSACTION, value["id"])
        assert node_id.member_id is not None
        return ById(node_id.member_id, node_id.key)
    return _within("purchase", _by_reference, value["purchase"])


def _by_reference(purchase: Mapping[str, Any]) -> ByReference:
    return ByReference(
        reference=checked_reference(purchase["reference"]),
        location=checked_text(purchase.get("location"), "location"),
        business_date=purchase.get("businessDate"),
        kind=TransactionKind(purchase["kind"]).value,
    )


def _what(value: Mapping[str, Any]) -> Whole | ByAmount | ByLines | ByQuantity:
    match value:
        case {"amount": amount}:
            return ByAmount(amount["amount"], amount["currency"])
        case {"lines": lines}:
            return ByLines(each(_line, lines, "lines"))
        case {"quantity": quantity}:
            return ByQuantity(quantity)
    if not value["whole"]:
        raise InputRefused(("whole",))
    return Whole()


def _line(line: Mapping[str, Any]) -> ReversalLine:
    return ReversalLine(checked_text(line["lineId"], "lineId"), line["quantity"], line["amount"])


def _within(name: str, read: Callable[[Mapping[str, Any]], Read], value: Mapping[str, Any]) -> Read:
    try:
        return read(value)
    except InputRefused as refused:
        raise refused.under(name) from None
