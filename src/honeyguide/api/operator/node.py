"""Finds anything of the program."""

from __future__ import annotations

from honeyguide.api.context import RequestContext
from honeyguide.api.nodes import node_resolvers
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.node import NodeId, NodeKind

# A parked post tells what a cashier did: who reviews sees that, and who sees members in full.
_HIDDEN = frozenset({NodeKind.HOLD, NodeKind.PARKED_POST})


def _may_see(context: RequestContext, node_id: NodeId) -> bool:
    return node_id.kind not in _HIDDEN if context.sees_masked else node_id.kind is not NodeKind.HOLD


node, nodes = node_resolvers(_may_see, MemberRecord)
