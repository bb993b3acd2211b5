"""The operator reads the audit trail; who reads what was done with a member's data is in it, too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import checked_text
from honeyguide.api.problems import BadArgument
from honeyguide.api.types.audit_act import AuditAct, AuditConnection, AuditEdge
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import After, Before, First, Last, cursor_of, given, moment, page_info, page_of
from honeyguide.audit import store
from honeyguide.audit.actions import Action

_KEY = (moment, UUID)
ActorFilter = Annotated[str | None, strawberry.argument(description="Only what this actor did, as `actor` spells it.")]
ActionFilter = Annotated[Action | None, strawberry.argument(description="Only this.")]
MemberFilter = Annotated[strawberry.ID | None, strawberry.argument(description="Only what changed or showed this member's data.")]
From = Annotated[datetime | None, strawberry.argument(name="from", description="Only at or after this moment.")]
To = Annotated[datetime | None, strawberry.argument(name="to", description="Only before this moment.")]


async def audit_trail(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
    actor: ActorFilter = strawberry.UNSET,
    action: ActionFilter = strawberry.UNSET,
    member: MemberFilter = strawberry.UNSET,
    from_: From = strawberry.UNSET,
    to: To = strawberry.UNSET,
) -> AuditConnection:
    context = info.context
    page = page_of(_KEY, given(first), given(after), given(last), given(before))
    wanted = given(action)
    sought = store.Sought(
        actor=checked_text(given(actor), "actor"),
        action=str(wanted) if wanted else None,
        member_id=_member(given(member)),
        since=given(from_),
        until=given(to),
    )
    if sought.member_id is not None:
        context.looks.trails.append(sought.member_id)
    found = await store.trail(context.services.database.pool, context.caller.program_id, sought, page.section)
    rows, info_of_page = page_info(page, list(found), _key)
    edges = [AuditEdge(cursor=cursor_of(_key(row)), node=AuditAct.of(row)) for row in rows]
    return AuditConnection(edges=edges, page_info=info_of_page)


def _member(text: str | None) -> UUID | None:
    """An id that names no member is a mistake: an empty page would look as if nobody had ever looked."""
    if text is None:
        return None
    named = NodeId.read(text)
    if named is None or named.kind is not NodeKind.MEMBER:
        raise BadArgument("member must be the id of a member.", ("member",))
    return named.key


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return (row["at"].isoformat(), str(row["audit_id"]))
