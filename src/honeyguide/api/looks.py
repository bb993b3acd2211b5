"""Whom an operator's answer shows is written into the audit trail before the answer leaves; who cannot be noted is not shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, member_subject, record
from honeyguide.audit.act import MOST_MEMBERS
from honeyguide.caller import Caller
from honeyguide.database.database import DOWN

if TYPE_CHECKING:
    from honeyguide.api.context import RequestContext

_MOST_SEARCHES = 30  # a document has fewer root fields


@dataclass(slots=True)
class Looks:
    """What one request showed so far: members in the order they came up, searches by their kind and what they found, trails read.

    `fields` are the root fields that were asked, wherever in the document they stand.
    """

    fields: dict[str, None] = field(default_factory=dict)
    members: dict[UUID, None] = field(default_factory=dict)
    searches: list[dict[str, Any]] = field(default_factory=list)
    trails: list[UUID] = field(default_factory=list)

    def shown(self, node: Node) -> None:
        named = NodeId.read(node.id)
        if named is None:
            raise ValueError("a node that is shown has an id of ours")
        member_id = named.key if named.kind is NodeKind.MEMBER else named.member_id
        if member_id is not None and member_id.int:  # anonymous purchases lie with the nil member
            self.members[member_id] = None

    def searched(self, by: str, found: int) -> None:
        """A search counts also where it found nobody; what was typed is not kept."""
        if len(self.searches) < _MOST_SEARCHES:
            self.searches.append({"by": by, "found": found})


class Noting(StrawberryGraphQLCoreExecutionContext):
    """Every object of an answer comes through here, whichever field leads to it: so no field can forget to say whom it shows."""

    def complete_object_value(self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, *more: Any) -> Any:
        if isinstance(result, Node):
            info.context.looks.shown(result)
        return super().complete_object_value(return_type, field_details_list, info, path, result, *more)


async def record_looks(context: RequestContext) -> None:
    """One row a request, or one for each 500 members; raises HttpProblem 503 where it cannot be written."""
    try:
        for act in acts_of(context.looks, context.caller, context.now, context.request_id):
            await record(context.services.database.pool, act)
    except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
        text = "What this answer shows could not be noted in the audit trail, so it is not shown; try again."
        raise HttpProblem(503, ProblemCode.UNAVAILABLE, text, {"Retry-After": "1"}) from error


def acts_of(looks: Looks, caller: Caller, now: datetime, request_id: str) -> list[Act]:
    """What is to be written of a request."""
    actor, seen = actor_of(caller), tuple(looks.members)
    detail = {"fields": list(looks.fields), **({"searches": looks.searches} if looks.searches else {})}
    subject = member_subject(seen[0]) if len(seen) == 1 else Subject(SubjectKind.MEMBERS, str(len(seen)))
    parts = [seen[start : start + MOST_MEMBERS] for start in range(0, len(seen), MOST_MEMBERS)] or ([()] if looks.searches else [])
    return [
        *(Act(caller.program_id, now, actor, Action.LOOK, subject, part, request_id, detail=detail) for part in parts),
        *(Act(caller.program_id, now, actor, Action.LOOK_AT_TRAIL, member_subject(one), (), request_id) for one in looks.trails),
    ]
