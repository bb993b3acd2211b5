"""Finds things again by their ids (S1): what is unknown and what is another's are both null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part, account_at_part, account_parts, activity_part, parts_of
from honeyguide.api.lookahead import Selection, selection_of
from honeyguide.api.posts import posts_shown
from honeyguide.api.problems import BadArgument
from honeyguide.api.types import statement
from honeyguide.api.types.activity_rows import activity
from honeyguide.api.types.hold import hold_now
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.page import Page
from honeyguide.api.types.parked_post import parked_shown
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.passes import wallet_passes
from honeyguide.api.types.standing import Standing, standings
from honeyguide.api.types.transaction import TransactionKind
from honeyguide.caller import Audience
from honeyguide.ledger.accounts import member_account
from honeyguide.ledger.books import read_hold, read_transactions
from honeyguide.members.store import MemberStatus, members_by_id
from honeyguide.transactions.own_hold import serves, was_declined
from honeyguide.transactions.review import parked_post

MOST_IDS = 100

MaySee = Callable[[RequestContext, NodeId], bool]


def node_resolvers(may_see: MaySee, member_type: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The resolvers of `node` and `nodes` of one audience; `may_see` says what of the program its caller may name at all."""

    async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="An id as given out before.")]) -> Node | None:
        return (await _find([id], info, may_see, member_type))[0]

    async def nodes(
        info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids as given out before, at most 100.")]
    ) -> list[Node | None]:
        return await _find(ids, info, may_see, member_type)

    return node, nodes


async def _find(ids: Sequence[str], info: Info, may_see: MaySee, member_type: Any) -> list[Node | None]:
    """One node an id. Ids of one member are read together."""
    if len(ids) > MOST_IDS:
        raise BadArgument(f"At most {MOST_IDS} ids at once.", ("ids",))
    context = info.context
    asked = [NodeId.read(text) for text in ids]
    allowed = {one for one in asked if one is not None and may_see(context, one)}
    found: dict[NodeId, Node | None] = {}
    by_member: dict[UUID, list[NodeId]] = {}
    for one in allowed:
        if one.kind is NodeKind.PARTNER:
            registered = await context.partner(one.key)
            found[one] = Partner.of(registered) if registered else None
        elif one.kind is NodeKind.HOLD:
            found[one] = await _hold(one, context)
        elif one.kind is not NodeKind.TRANSACTION:
            by_member.setdefault(one.member_id or one.key, []).append(one)
    found |= await _transactions([one for one in allowed if one.kind is NodeKind.TRANSACTION], context)
    for member_id, members_ids in by_member.items():
        found |= await _of_member(member_id, members_ids, context, lambda name: selection_of(info, name), member_type)
    return [found.get(one) if one is not None else None for one in asked]


async def _of_member(
    member_id: UUID, ids: Sequence[NodeId], context: RequestContext, select: Callable[[str], Selection], member_type: Any
) -> dict[NodeId, Node | None]:
    parts: dict[str, Part] = {"profile": Part("profile", "profile")}
    for one in ids:
        for part in _parts(one, context, select, member_type):
            parts.setdefault(part.key, part)
    standing = (await standings(context, [member_id], list(parts.values()))).get(member_id)
    if standing is not None and context.caller.audience is Audience.MEMBER and MemberStatus(standing.profile["status"]).is_over:
        standing = None  # who left sees nothing any more, as with `me`
    return {one: await _node(one, standing, context, member_type) if standing else None for one in ids}


def _parts(one: NodeId, context: RequestContext, select: Callable[[str], Selection], member_type: Any) -> Sequence[Part]:
    match one.kind:
        case NodeKind.MEMBER:
            return parts_of(select(member_type.__name__), context.program, context.now)
        case NodeKind.ACCOUNT:
            return list(account_parts(select("Account"), context.program))
        case NodeKind.ACCOUNT_AT:
            unit = _unit_of(one, context)
            return [account_at_part(unit, one.instant, context.program)] if unit and one.instant else []
        case NodeKind.ACTIVITY:
            # A transaction has fewer lines than a page holds rows.
            return [activity_part(str(one), Page(100, False, None, None), transaction_id=one.key)]
        case NodeKind.PASS:
            return [Part("passes", "passes")]
    return []


async def _node(one: NodeId, standing: Standing, context: RequestContext, member_type: Any) -> Node | None:
    read = standing.read
    match one.kind:
        case NodeKind.MEMBER:
            return member_type.of(standing)  # type: ignore[no-any-return]
        case NodeKind.ACCOUNT:
            accounts = statement.accounts(read, context.program, standing.member_id)
            return next((account for account in accounts if account.id == str(one)), None)
        case NodeKind.ACCOUNT_AT:
            unit = _unit_of(one, context)
            return statement.account_at(read, context.program, one, unit, one.instant) if unit and one.instant else None
        case NodeKind.ACTIVITY:
            rows = [row for row in read[str(one)] if row["line"] == one.line]
            return activity(rows[0], standing.partners, context) if rows else None
        case NodeKind.PASS:
            passes = wallet_passes(read["passes"], standing.member_id, context)
            return next((wallet_pass for wallet_pass in passes if wallet_pass.id == str(one)), None)
        case NodeKind.PARKED_POST:
            return await _parked(one, context)
    return None


def _unit_of(one: NodeId, context: RequestContext) -> str | None:
    """The unit of an account as it was; None where the program has no such account, or the instant has not come."""
    member_id, program_id = one.member_id, context.caller.program_id
    if member_id is None or one.instant is None or one.instant > context.now:
        return None
    return next((unit for unit in context.program.units if member_account(program_id, member_id, unit) == one.key), None)


async def _transactions(ids: Sequence[NodeId], context: RequestContext) -> dict[NodeId, Node | None]:
    """Also of purchases that name no member; a partner finds its own (R39)."""
    pool, caller = context.services.database.pool, context.caller
    wanted = {(one.member_id, one.key): one for one in ids if one.member_id is not None}
    if wanted and caller.audience is Audience.MEMBER:  # his own, as `may_see` has it: who left sees nothing any more
        profile = (await members_by_id(pool, caller.program_id, [caller.member_id])).get(caller.member_id)
        if profile is None or profile.status.is_over:
            return {}
    posts = [
        post
        for post in await read_transactions(pool, caller.program_id, list(wanted))
        # Our own calendar's transactions (a lot that matured, a tier that was reviewed) have no face of their own.
        if post.kind in TransactionKind.__members__
        and (caller.audience is not Audience.PARTNER or serves(caller, post.partner_id, post.location))
    ]
    shown = await posts_shown(context, posts)
    return {wanted[post.member_id, post.transaction_id]: one for post, one in zip(posts, shown, strict=True)}


async def _hold(one: NodeId, context: RequestContext) -> Node | None:
    assert one.member_id is not None
    hold = await read_hold(context.services.database.pool, context.caller.program_id, one.member_id, one.key)
    if hold is None or not serves(context.caller, hold.partner_id, hold.location):
        return None  # R39
    declined = await was_declined(context.services.database.pool, context.caller.program_id, one.member_id, hold)
    return hold_now(context.program, one.member_id, hold, context.now, declined=declined)


async def _parked(one: NodeId, context: RequestContext) -> Node | None:
    assert one.member_id is not None
    row = await parked_post(context.services.database.pool, context.caller.program_id, one.member_id, one.key)
    return None if row is None else await parked_shown(context, row)
