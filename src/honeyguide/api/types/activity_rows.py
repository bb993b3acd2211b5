"""The rows of the statement: what kind each is, whether it still stands, and why it is so many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.types.activity import Activity, ActivityConnection, ActivityEdge, ActivityKind, ActivityState
from honeyguide.api.types.because import because_of
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import Page, cursor_of, page_info
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.titles import title_of
from honeyguide.api.types.transaction import TransactionKind, reasons_of, transaction_of
from honeyguide.api.types.unit import Unit

Row = Mapping[str, Any]

# What moved, by the account that stands against the member's; where that does not tell, by the event.
_AGAINST = {
    "redeemed": ActivityKind.REDEEMED,
    "adjusted": ActivityKind.ADJUSTED,
    "breakage": ActivityKind.EXPIRED,
    "forfeited": ActivityKind.EXPIRED,
    "paid_out": ActivityKind.REDEEMED,
    "written_off": ActivityKind.ADJUSTED,
    "transit": ActivityKind.TRANSFERRED,
}
_EVENTS = {
    "ACTIVATION": ActivityKind.ACTIVATED,
    "AUTHORIZATION": ActivityKind.HELD,
    "VOID": ActivityKind.RELEASED,
    "LAPSE": ActivityKind.RELEASED,
}


def activity_connection(rows: Sequence[Row], page: Page, partners: Mapping[UUID, Partner], context: RequestContext) -> ActivityConnection:
    shown, info = page_info(page, list(rows), lambda row: (row["version"], row["line"]))
    edges = [ActivityEdge(cursor=cursor_of((row["version"], row["line"])), node=activity(row, partners, context)) for row in shown]
    return ActivityConnection(edges=edges, page_info=info)


def activity(row: Row, partners: Mapping[UUID, Partner], context: RequestContext) -> Activity:
    """One row of the statement, of the shape that dashboard.sql reads."""
    program, now = context.program, context.now
    accrual = accrual_of(row)
    kind = kind_of(row, accrual)
    unit = Unit.of(program, row["unit"])
    partner = partners.get(UUID(row["partner_id"])) if row["partner_id"] else None
    names = {partner_id: one.name for partner_id, one in partners.items()}
    return Activity(
        id=strawberry.ID(str(NodeId(NodeKind.ACTIVITY, UUID(row["transaction_id"]), UUID(row["member_id"]), row["line"]))),
        kind=kind,
        state=state_of(row, accrual, now),
        unit=unit,
        quantity=unit.quantity(row["quantity"]),
        balance_after=unit.quantity(row["balance_after"]),
        occurred_at=_moment(row["occurred_at"]),
        posted_at=_moment(row["posted_at"]),
        partner=partner,
        title=title_of(kind, row["kind"], row["against"], row["quantity"] > 0, partner.name if partner else None, context.language),
        transaction=transaction_of(row, program, partner, now) if row["kind"] in TransactionKind.__members__ else None,
        because=reasons_of(program, because_of(row, accrual, names)),
    )


def accrual_of(row: Row) -> Row | None:
    """What a purchase recorded of the accrual that this row is; None for any other row."""
    number = row["accrual"]
    return row["detail"]["accruals"][number - 1] if number and number <= len(row["detail"].get("accruals", ())) else None


def kind_of(row: Row, accrual: Row | None) -> ActivityKind:
    if accrual is not None:
        is_pending = _moment(accrual["available_at"]) > _moment(row["posted_at"])
        return ActivityKind.PENDING if is_pending else ActivityKind.EARNED
    if not row["line"]:
        return _EVENTS[row["kind"]]
    given, against = row["quantity"] > 0, row["against"]
    if row["kind"] == "REINSTATEMENT" or (row["kind"] == "REVERSAL" and (against != "breakage" or given)):
        return ActivityKind.REVERSED
    if against == "issued":
        return ActivityKind.EARNED if given else ActivityKind.REVERSED
    if row["kind"] in ("MERGE", "UNMERGE", "TRANSFER"):
        return ActivityKind.TRANSFERRED
    return _AGAINST.get(against, ActivityKind.ADJUSTED)


def state_of(row: Row, accrual: Row | None, now: datetime) -> ActivityState:
    """UNDONE once all of it came back; a hold is pending while it is open, and void after its time, whatever a sweep has done."""
    if row["hold"] is not None:
        open_now = row["hold"]["state"] == "OPEN" and _moment(row["hold"]["expires_at"]) > now
        captured = row["hold"]["state"] == "CAPTURED"
        return ActivityState.PENDING if open_now else ActivityState.DONE if captured else ActivityState.UNDONE
    if row["is_back"] or (came_back(row, accrual) >= abs(row["quantity"]) and row["reversals"]):
        return ActivityState.UNDONE
    if accrual is not None and _moment(accrual["available_at"]) > now:
        return ActivityState.PENDING
    return ActivityState.DONE


def came_back(row: Row, accrual: Row | None) -> int:
    """How much of the row its reversals took or returned, in minor units."""
    details = [reversal["detail"] for reversal in row["reversals"]]
    if accrual is not None:
        return sum(taken["quantity"] for detail in details for taken in detail.get("taken", ()) if taken["lot"] == accrual.get("lot"))
    if row["against"] != "redeemed":
        return 0
    return sum(returned["quantity"] for detail in details for returned in detail.get("returned", ()) if returned["unit"] == row["unit"])


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)
