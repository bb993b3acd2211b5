"""What Member and MemberRecord have in common: each field is read by the dashboard before it is resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Annotated, Any
from uuid import UUID

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import ACTIVITY_KEY, PURCHASE_KEY, Part, Read, list_key, read_members
from honeyguide.api.problems import Throttled
from honeyguide.api.rows import completed
from honeyguide.api.types import statement
from honeyguide.api.types.account import Account
from honeyguide.api.types.activity import ActivityConnection
from honeyguide.api.types.activity_rows import activity_connection
from honeyguide.api.types.lists import MOST_UNITS, list_field
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import After, Before, First, Last, given, page_of
from honeyguide.api.types.passes import wallet_passes
from honeyguide.api.types.program import TierProgress, TierStatus
from honeyguide.api.types.transaction import TransactionConnection
from honeyguide.api.types.wallet_pass import WalletPass
from honeyguide.ledger.accounts import member_account
from honeyguide.members.masking import masked_profile


class Standing:
    """A member as read; strawberry types hold one and never touch the database again."""

    def __init__(self, member_id: UUID, read: Read, partners: statement.Partners, context: RequestContext) -> None:
        self.member_id, self.read, self.partners, self.context = member_id, read, partners, context

    @property
    def profile(self) -> Any:
        return self.read["profile"]


UnitFilter = Annotated[str | None, strawberry.argument(description="Only this unit, by its code.")]
UnitCode = Annotated[str, strawberry.argument(description="The unit's code.")]
AsOf = Annotated[datetime | None, strawberry.argument(description="A past instant; left out, the present.")]
Instant = Annotated[datetime, strawberry.argument(description="A past instant.")]
Since = Annotated[
    datetime | None,
    strawberry.argument(
        description="Only what came into the books at or after this moment, whenever it happened: the first such row, and all after it."
    ),
]


def _tier(self: Any) -> TierStatus | None:
    return statement.tier_status(self.standing.read, self.standing.context)


def _progress(self: Any) -> list[TierProgress]:
    return statement.tier_progress(self.standing.read, self.standing.context)


def _accounts(self: Any) -> list[Account]:
    return statement.accounts(self.standing.read, self.standing.context.program, self.standing.member_id)


def _account(self: Any, unit: UnitCode, as_of: AsOf = strawberry.UNSET) -> Account | None:
    instant, context = given(as_of), self.standing.context
    if instant is None:
        return next((account for account in _accounts(self) if account.unit.code == unit), None)
    if unit not in context.program.units:
        return None
    account_id = member_account(context.caller.program_id, self.standing.member_id, unit)
    node_id = NodeId(NodeKind.ACCOUNT_AT, account_id, self.standing.member_id, instant=instant)
    return statement.account_at(self.standing.read, context.program, node_id, unit, instant)


def _tier_at(self: Any, as_of: Instant) -> TierStatus | None:
    return statement.tier_status_at(self.standing.read, self.standing.context, as_of)


def _activity(
    self: Any,
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
    unit: UnitFilter = strawberry.UNSET,
    since: Since = strawberry.UNSET,
) -> ActivityConnection:
    page = page_of(ACTIVITY_KEY, given(first), given(after), given(last), given(before))
    return activity_connection(self.standing.read[list_key(info.path.key)], page, self.standing.partners, self.standing.context)


def _purchases(
    self: Any,
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> TransactionConnection:
    page = page_of(PURCHASE_KEY, given(first), given(after), given(last), given(before))
    return statement.purchase_connection(self.standing.read[list_key(info.path.key)], page, self.standing.partners, self.standing.context)


def _passes(self: Any) -> list[WalletPass]:
    return wallet_passes(self.standing.read["passes"], self.standing.member_id, self.standing.context)


def tier_field() -> Any:
    return strawberry.field(resolver=_tier, description="The tier held; null in a program without tiers.")


def progress_field() -> Any:
    return list_field("The way to the next tier by each metric; empty on the highest.", 20, resolver=_progress)


def accounts_field() -> Any:
    return list_field("What the member has, by unit; units never touched are left out.", MOST_UNITS, resolver=_accounts)


def account_field() -> Any:
    return strawberry.field(
        resolver=_account,
        description="What the member has of one unit, null where it was never touched; with asOf what the member had then: "
        "as posted by that instant, with the dates as they were.",
    )


def tier_at_field() -> Any:
    return strawberry.field(
        resolver=_tier_at,
        description="The tier held at a past instant, as posted by then; null before enrolment and in a program without tiers.",
    )


def activity_field() -> Any:
    return strawberry.field(
        resolver=_activity, description="The statement: everything that moved a balance, newest first in the order of posting."
    )


def purchases_field() -> Any:
    return strawberry.field(resolver=_purchases, description="Purchases, newest first in the order of posting.")


def passes_field() -> Any:
    return list_field("The member's cards for phone wallets.", 20, resolver=_passes)


async def standings(context: RequestContext, member_ids: Sequence[UUID], parts: Sequence[Part]) -> dict[UUID, Standing]:
    """Read members by one statement; who is not there is absent."""
    services, program_id = context.services, context.caller.program_id
    found = await read_members(services.database.pool, program_id, member_ids, parts, context.now)
    if context.sees_masked:
        found = _masked(context, found)
    partners = await completed(found.values(), context)
    return {member_id: Standing(member_id, read, partners, context) for member_id, read in found.items()}


def _masked(context: RequestContext, found: Mapping[UUID, Read]) -> dict[UUID, Read]:
    """The one place where persons are taken out of what is read, before any field can show it; each counts against the budget."""
    wait = context.services.look_budget.take(context.caller.scope, len(found))
    if wait > 0:
        raise Throttled("Too many members were looked at; try again later.", ceil(wait))
    return {member_id: {**read, "profile": masked_profile(read["profile"]), "person": None} for member_id, read in found.items()}
