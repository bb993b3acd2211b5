"""Finds what is the member's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.lookahead import selection_of
from honeyguide.api.nodes import find_nodes
from honeyguide.api.types.member import Member
from honeyguide.api.types.node import Node, NodeId, NodeKind


async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="An id as given out before.")]) -> Node | None:
    return (await _find([id], info))[0]


async def nodes(
    info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids as given out before, at most 100.")]
) -> list[Node | None]:
    return await _find(ids, info)


async def _find(ids: list[strawberry.ID], info: Info) -> list[Node | None]:
    return await find_nodes(ids, info.context, lambda name: selection_of(info, name), _may_see(info.context), Member)


def _may_see(context: RequestContext) -> Callable[[NodeId], bool]:
    member_id = context.caller.member_id

    def may_see(node_id: NodeId) -> bool:
        match node_id.kind:
            case NodeKind.PARTNER:
                return True
            case NodeKind.MEMBER:
                return node_id.key == member_id
            case NodeKind.PARKED_POST:
                return False
        return node_id.member_id == member_id

    return may_see
