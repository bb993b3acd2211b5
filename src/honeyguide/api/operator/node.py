"""Finds anything of the program."""

from __future__ import annotations

from honeyguide.api.context import RequestContext
from honeyguide.api.nodes import node_resolvers
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.node import NodeId


def _may_see(_context: RequestContext, _node_id: NodeId) -> bool:
    return True


node, nodes = node_resolvers(_may_see, MemberRecord)
