"""Transactions as partners and members read them: what was decided then, in the words of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.types.described import described
from honeyguide.api.types.lists import MOST_REASONS, list_field
from honeyguide.api.types.money import Money
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.page import PageInfo
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.unit import Unit
from honeyguide.programs.program import Program as ProgramFile
from honeyguide.programs.texts import reason_text


@described(
    "What kind of business event.",
    PURCHASE="A purchase that a partner posted.",
    REDEMPTION="The member redeemed at a partner.",
    AUTHORIZATION="Something was reserved for a partner; once captured, it is a redemption.",
    REVERSAL="An earlier transaction taken back, in whole or in part.",
    ACTIVITY="Something other than a purchase that earned.",
    ADJUSTMENT="The operator gave or took.",
    EXPIRY="Something expired.",
    ENROLMENT="The member joined.",
    TRANSFER="Something went to another member, or came from one; a household's pool counts as one.",
    MERGE="Two members became one.",
    UNMERGE="A merge was taken back.",
)
class TransactionKind(StrEnum):
    PURCHASE = "PURCHASE"
    REDEMPTION = "REDEMPTION"
    AUTHORIZATION = "AUTHORIZATION"
    REVERSAL = "REVERSAL"
    ACTIVITY = "ACTIVITY"
    ADJUSTMENT = "ADJUSTMENT"
    EXPIRY = "EXPIRY"
    ENROLMENT = "ENROLMENT"
    TRANSFER = "TRANSFER"
    MERGE = "MERGE"
    UNMERGE = "UNMERGE"


@described(
    "Whether it still stands.",
    POSTED="All of it stands.",
    PARTLY_REVERSED="A part of it was taken back.",
    REVERSED="All of it was taken back.",
)
class TransactionState(StrEnum):
    POSTED = "POSTED"
    PARTLY_REVERSED = "PARTLY_REVERSED"
    REVERSED = "REVERSED"


@described(
    "What became of what a transaction earned.",
    PENDING="It will be available on its day.",
    AVAILABLE="It is, or was, available.",
    DECLINED="It never became available.",
    REVERSED="It was taken back.",
)
class AccrualState(StrEnum):
    PENDING = "PENDING"
    AVAILABLE = "AVAILABLE"
    DECLINED = "DECLINED"
    REVERSED = "REVERSED"


@strawberry.type(description="Why this many, or why not: rule, inputs, tier, cap, lot.")
class Reason:
    program: strawberry.Private[ProgramFile]
    recorded: strawberry.Private[Mapping[str, Any]]
    rule: str = strawberry.field(description="The rule's name in the program file.")
    quantity: Decimal = strawberry.field(description="How many it gave; where it stands under missed, how many it did not give.")

    @strawberry.field(description="The same in words, in the caller's language.")
    def text(self, info: Info) -> str:
        return reason_text(self.program, dict(self.recorded), info.context.language)

    @strawberry.field(description="What it is so many of.")
    def unit(self) -> Unit:
        return Unit.of(self.program, self.recorded["unit"])

    @classmethod
    def of(cls, program: ProgramFile, recorded: Mapping[str, Any]) -> Reason:
        quantity = Unit.of(program, recorded["unit"]).quantity(recorded["quantity"])
        return cls(program=program, recorded=recorded, rule=recorded["rule"], quantity=quantity)


@strawberry.type(description="What a transaction earned of one unit, with one pair of dates.")
class Accrual:
    unit: Unit = strawberry.field(description="What it earned.")
    quantity: Decimal = strawberry.field(description="How much.")
    state: AccrualState = strawberry.field(description="What became of it.")
    available_on: date | None = strawberry.field(description="The day from which it can be redeemed; null where an event decides that.")
    expires_on: date | None = strawberry.field(description="The last day on which it can be redeemed; null for never.")
    because: list[Reason] = list_field("Why this many.", MOST_REASONS)

    @classmethod
    def of(cls, program: ProgramFile, recorded: Mapping[str, Any], now: datetime, reversals: Sequence[Mapping[str, Any]] = ()) -> Accrual:
        unit = Unit.of(program, recorded["unit"])
        available_at, expires_at = _moment(recorded["available_at"]), _moment(recorded.get("expires_at"))
        return cls(
            unit=unit,
            quantity=unit.quantity(recorded["quantity"]),
            state=_accrual_state(recorded, available_at, now, reversals),
            available_on=local_day(program, available_at),
            expires_on=local_day(program, expires_at),
            because=[Reason.of(program, because) for because in recorded["because"]],
        )


@strawberry.type(description="A business event in the books: posted once, never changed.")
class Transaction(Node):
    reference: str = strawberry.field(description="The partner's own number for it; of our own events, ours.")
    kind: TransactionKind = strawberry.field(description="What kind of event.")
    state: TransactionState = strawberry.field(description="Whether it still stands.")
    amount: Money | None = strawberry.field(description="What the purchase cost, of a return below zero; null where no money was paid.")
    occurred_at: datetime = strawberry.field(description="When it happened in the shop.")
    posted_at: datetime = strawberry.field(description="When it came into the books.")
    partner: Partner | None = strawberry.field(description="Where it happened; null where no partner took part.")
    accruals: list[Accrual] = list_field("What it earned.", 20)
    because: list[Reason] = list_field(
        "Why a redemption, a return or an adjustment is so many, and of what; of a return below zero what was taken back. "
        "What a purchase earned says why in its accruals.",
        MOST_REASONS,
    )
    missed: list[Reason] = list_field("What it did not earn, and why: what lacked to the next step, what a cap cut.", MOST_REASONS)
    reversals: list[Transaction] = list_field("What took parts of it back, in the order of posting.", 50)


@strawberry.type(description="A transaction in a list.")
class TransactionEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: Transaction = strawberry.field(description="The transaction.")


@strawberry.type(description="A page of transactions.")
class TransactionConnection:
    edges: list[TransactionEdge] = strawberry.field(description="The transactions of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


def transaction_of(row: Mapping[str, Any], program: ProgramFile, partner: Partner | None, now: datetime) -> Transaction:
    """A row of `transaction` (a Recorded as a mapping, or JSON of the same columns) as the schema shows it.

    Its `reversals` are rows of the same shape, in the order of posting; without them it is shown as it was posted.
    """
    transaction_id, member_id = _uuid(row["transaction_id"]), _uuid(row["member_id"])
    posted_at = cast(datetime, _moment(row["posted_at"]))
    reversals = row.get("reversals", ())
    return Transaction(
        id=strawberry.ID(str(NodeId(NodeKind.TRANSACTION, transaction_id, member_id))),
        reference=row["reference"] or str(transaction_id),
        kind=TransactionKind(row["kind"]),
        # The last reversal says what it left; it knows what the others took.
        state=TransactionState(reversals[-1]["detail"]["leaves"]) if reversals else TransactionState.POSTED,
        amount=Money.of(row["amount_minor"], row["currency"]) if row["amount_minor"] is not None and row["currency"] else None,
        occurred_at=_moment(row["occurred_at"]),  # type: ignore[arg-type]
        posted_at=posted_at,
        partner=partner,
        # A request is a little older than what it posts: what is available at once is so in its answer, too.
        accruals=accruals_of(program, row["detail"], max(now, posted_at), reversals),
        because=reasons_of(program, row["detail"].get("because", ())),
        missed=reasons_of(program, row["detail"].get("missed", ())),
        reversals=[transaction_of(reversal, program, partner, now) for reversal in reversals],
    )


def accruals_of(
    program: ProgramFile, detail: Mapping[str, Any], now: datetime, reversals: Sequence[Mapping[str, Any]] = ()
) -> list[Accrual]:
    return [Accrual.of(program, accrual, now, reversals) for accrual in detail.get("accruals", ())]


def _accrual_state(
    recorded: Mapping[str, Any], available_at: datetime | None, now: datetime, reversals: Sequence[Mapping[str, Any]]
) -> AccrualState:
    """Taken back in whole, it was declined where it had not become available by then; else its dates speak, whatever a sweep has done."""
    takings = [
        (row["quantity"], cast(datetime, _moment(reversal["posted_at"])))
        for reversal in reversals
        for row in reversal["detail"].get("taken", ())
        if row["lot"] == recorded.get("lot")
    ]
    if takings and sum(quantity for quantity, _ in takings) >= recorded["quantity"]:
        never_available = available_at is None or all(posted_at < available_at for _, posted_at in takings)
        return AccrualState.DECLINED if never_available else AccrualState.REVERSED
    return AccrualState.PENDING if available_at is not None and available_at > now else AccrualState.AVAILABLE


def reasons_of(program: ProgramFile, recorded: Iterable[Mapping[str, Any]]) -> list[Reason]:
    return [Reason.of(program, because) for because in recorded]


def local_day(program: ProgramFile, moment: datetime | None) -> date | None:
    """The day of a moment on the program's wall calendar."""
    return moment.astimezone(program.zone).date() if moment is not None else None


def _moment(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _uuid(value: UUID | str) -> UUID:
    return UUID(value) if isinstance(value, str) else value
