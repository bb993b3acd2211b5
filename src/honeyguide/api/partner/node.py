"""Finds what is the partner's own: its posts, and itself."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.lookahead import selection_of
from honeyguide.api.nodes import find_nodes
from honeyguide.api.types.node import Node, NodeId, NodeKind


async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="An id as given out before.")]) -> Node | None:
    return (await _find([id], info))[0]


async def nodes(
    info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids as given out before, at most 100.")]
) -> list[Node | None]:
    return await _find(ids, info)


async def _find(ids: list[strawberry.ID], info: Info) -> list[Node | None]:
    partner_id = info.context.caller.partner_id

    def may_see(node_id: NodeId) -> bool:
        return node_id.kind is NodeKind.TRANSACTION or (node_id.kind is NodeKind.PARTNER and node_id.key == partner_id)

    return await find_nodes(ids, info.context, lambda name: selection_of(info, name), may_see, None)
