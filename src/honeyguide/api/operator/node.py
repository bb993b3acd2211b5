"""Finds anything of the program."""

from __future__ import annotations

from honeyguide.api.context import RequestContext
from honeyguide.api.nodes import node_resolvers
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.node import NodeId, NodeKind


def _may_see(_context: RequestContext, node_id: NodeId) -> bool:
    return node_id.kind is not NodeKind.HOLD


node, nodes = node_resolvers(_may_see, MemberRecord)
