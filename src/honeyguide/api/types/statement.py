"""Puts what the dashboard read into words: tier and progress, accounts, purchases; `activity_rows.py` has the statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.dashboard import Read, account_at_key, by_member, tier_at_key
from honeyguide.api.types.account import Account, ExpiringLot, PendingLot
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import Page, cursor_of, page_info
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.program import Tier, TierProgress, TierStatus
from honeyguide.api.types.transaction import TransactionConnection, TransactionEdge, transaction_of
from honeyguide.api.types.unit import Unit
from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import TierHeld, assess, grace_from, progress, tier_windows
from honeyguide.quantities import from_minor

Partners = Mapping[UUID, Partner]
Row = Mapping[str, Any]
Days = Sequence[tuple[str, int]]

# A tier is held to the last microsecond of a day.
_NEXT_MOMENT = timedelta(microseconds=1)


def tier_held(read: Read, program: Program, now: datetime) -> TierHeld | None:
    """The tier as of now: a review whose date has come counts although nobody has posted it yet."""
    held = _tier_of(read["profile"])
    if held is not None and (held.until is None or held.until > now):
        return held
    assessed = assess(program, held, _amounts(read, program, now), now, _year_begins_on(read, program))
    if assessed is None or (held is not None and assessed.code == held.code):
        return assessed
    # Held since the end of the one before or since enrolment, not since somebody looked.
    since = held.until + _NEXT_MOMENT if held is not None and held.until else _moment(read["profile"]["enrolled_at"])
    return TierHeld(assessed.code, since, assessed.until)


def _tier_of(profile: Row) -> TierHeld | None:
    """The tier as posted."""
    if profile["tier"] is None:
        return None
    until = profile["tier_until"]
    return TierHeld(profile["tier"], _moment(profile["tier_since"] or profile["enrolled_at"]), _moment(until) if until else None)


def tier_status(read: Read, context: RequestContext) -> TierStatus | None:
    return _status(tier_held(read, context.program, context.now), context.program, _year_begins_on(read, context.program))


def tier_status_at(read: Read, context: RequestContext, instant: datetime) -> TierStatus | None:
    """As recorded, in the year as it was set then; a tier that the program has no more is none."""
    row = read[tier_at_key(instant)]
    if row is None or row["tier"] is None:
        return None
    held = TierHeld(row["tier"], _moment(row["since"]), _moment(row["until"]) if row["until"] else None)
    return _status(held, context.program, _begins_on(row, read, context.program))


def _status(held: TierHeld | None, program: Program, anniversary: date) -> TierStatus | None:
    """A tier ends for people when its grace begins (R33); the books know the end of the grace."""
    tier = Tier.of(program, held.code) if held else None
    if held is None or tier is None:
        return None
    until = grace_from(program, held.until, anniversary)
    return TierStatus(tier=tier, since=held.since, until=until, grace_until=held.until if held.until != until else None)


def tier_progress(read: Read, context: RequestContext) -> list[TierProgress]:
    program, now = context.program, context.now
    held = tier_held(read, program, now)
    steps = progress(program, held.code if held else None, _amounts(read, program, now), now, _year_begins_on(read, program))
    return [
        TierProgress(
            metric=step.metric,
            current=from_minor(step.current, step.decimals),
            needed=from_minor(step.needed, step.decimals),
            remaining=from_minor(step.remaining, step.decimals),
            next=next_tier,
            period_ends=step.period_ends,
        )
        for step in steps
        if (next_tier := Tier.of(program, step.next_tier_code))
    ]


def _amounts(read: Read, program: Program, now: datetime) -> dict[WindowKey, int]:
    windows = tier_windows(program, now, _year_begins_on(read, program))
    if by_member(program):
        return {window: _sum(read["windows"], window) for window in windows}
    return dict(zip(windows, (int(total) for total in read["windows"]), strict=True))


def _sum(days: Sequence[tuple[str, str, int]], window: WindowKey) -> int:
    return sum(value for name, day, value in days if name == window.name and window.from_day <= day <= window.to_day)


def _year_begins_on(read: Read, program: Program) -> date:
    """The local day whose anniversaries begin the member's own year."""
    return _begins_on(read["profile"], read, program)


def _begins_on(row: Row, read: Read, program: Program) -> date:
    """The same as it was when the row was true."""
    own = row["year_begins_on"]
    if own is not None and program.ladder.period.kind == "member_year":
        return date.fromisoformat(own)
    return program.local_day(_moment(read["profile"]["enrolled_at"]))


def account_at(read: Read, program: Program, node_id: NodeId, unit: str, instant: datetime) -> Account:
    """The account as the books stood at a past instant; its id is of that instant, so that no client takes it for the one of today."""
    found = read[account_at_key(unit, instant)]
    known = {name: found[name] or 0 for name in ("available", "held", "pending", "debt")}
    return _account(unit, known, found["pending_lots"], found["expiring"], program, node_id)


def accounts(read: Read, program: Program, member_id: UUID) -> list[Account]:
    """The member's accounts in the order in which the program names its units."""
    known = {row["unit"]: row for row in read["balances"]}
    matures, expires = _by_unit(read.get("pending_lots", ())), _by_unit(read.get("expiring", ()))
    return [
        _account(code, row, matures[code], expires[code], program, NodeId(NodeKind.ACCOUNT, UUID(row["account_id"]), member_id))
        for code in program.units
        if (row := known.get(code))
    ]


def _by_unit(rows: Sequence[tuple[str, str, int]]) -> defaultdict[str, list[tuple[str, int]]]:
    days: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for unit, day, quantity in rows:
        days[unit].append((day, quantity))
    return days


def _account(code: str, row: Row, matures: Days, expires: Days, program: Program, node_id: NodeId) -> Account:
    unit = Unit.of(program, code)
    return Account(
        id=strawberry.ID(str(node_id)),
        unit=unit,
        available=unit.quantity(row["available"]),
        held=unit.quantity(row["held"]),
        debt=unit.quantity(row["debt"]),
        pending=unit.quantity(row["pending"]),
        pending_lots=[PendingLot(quantity=unit.quantity(quantity), available_on=date.fromisoformat(day)) for day, quantity in matures],
        expiring=[ExpiringLot(quantity=unit.quantity(quantity), expires_on=date.fromisoformat(day)) for day, quantity in expires],
    )


def purchase_connection(rows: Sequence[Row], page: Page, partners: Partners, context: RequestContext) -> TransactionConnection:
    shown, info = page_info(page, list(rows), lambda row: (row["version"],))
    edges = []
    for row in shown:
        partner = partners.get(UUID(row["partner_id"])) if row["partner_id"] else None
        edges.append(TransactionEdge(cursor=cursor_of((row["version"],)), node=transaction_of(row, context.program, partner, context.now)))
    return TransactionConnection(edges=edges, page_info=info)


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)
