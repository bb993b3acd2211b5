"""Finds anything of the program."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.lookahead import selection_of
from honeyguide.api.nodes import find_nodes
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.node import Node


async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="An id as given out before.")]) -> Node | None:
    return (await _find([id], info))[0]


async def nodes(
    info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids as given out before, at most 100.")]
) -> list[Node | None]:
    return await _find(ids, info)


async def _find(ids: list[strawberry.ID], info: Info) -> list[Node | None]:
    return await find_nodes(ids, info.context, lambda name: selection_of(info, name), lambda _: True, MemberRecord)
