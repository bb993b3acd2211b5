"""Finds what is the partner's own: its posts and holds, and itself."""

from __future__ import annotations

from honeyguide.api.context import RequestContext
from honeyguide.api.nodes import node_resolvers
from honeyguide.api.types.node import NodeId, NodeKind


def _may_see(context: RequestContext, node_id: NodeId) -> bool:
    # Of these it is looked up whose they are.
    return node_id.kind in (NodeKind.TRANSACTION, NodeKind.HOLD) or (
        node_id.kind is NodeKind.PARTNER and node_id.key == context.caller.partner_id
    )


node, nodes = node_resolvers(_may_see, None)
