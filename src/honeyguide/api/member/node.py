"""Finds what is the member's own."""

from __future__ import annotations

from honeyguide.api.context import RequestContext
from honeyguide.api.nodes import node_resolvers
from honeyguide.api.types.member import Member
from honeyguide.api.types.node import NodeId, NodeKind


def _may_see(context: RequestContext, node_id: NodeId) -> bool:
    match node_id.kind:
        case NodeKind.PARTNER:
            return True
        case NodeKind.MEMBER:
            return node_id.key == context.caller.member_id
        case NodeKind.PARKED_POST | NodeKind.HOLD:
            return False
    return node_id.member_id == context.caller.member_id


node, nodes = node_resolvers(_may_see, Member)
