"""One transaction, with why it gave and took what it did, and what it did not give."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.operator.node import node
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.transaction import Transaction

Id = Annotated[strawberry.ID, strawberry.argument(description="Its id, such as an activity has.")]


async def transaction(info: Info, id: Id) -> Transaction | None:
    named = NodeId.read(id)
    if named is None or named.kind is not NodeKind.TRANSACTION:
        return None
    found = await node(info, id)
    return found if isinstance(found, Transaction) else None
