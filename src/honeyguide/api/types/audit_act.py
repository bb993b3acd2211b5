"""The audit trail, as auditors read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry

from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import PageInfo
from honeyguide.audit.actions import Action

strawberry.enum(Action, name="AuditAction", description="What was done.")
for _value in Action.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = Action[_value.name].meaning


@strawberry.type(description="One act: something done by hand, or a look at personal data. It names members by their ids only.")
class AuditAct:
    audit_id: strawberry.ID = strawberry.field(description="Of what the books record: the plain id of the transaction.")
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who: operator:<subject>, partner:<id>, member:<id>, cli:<user> or system:<job>.")
    credential: str | None = strawberry.field(description="With which credential, where it is known.")
    action: Action | None = strawberry.field(description="What; null for what only a newer release knows.")
    subject_kind: str = strawberry.field(description="What kind of thing it was done to.")
    subject: str = strawberry.field(description="To what: a code, or an id as the books keep it.")
    members: list[strawberry.ID] = list_field("All whose data were changed or seen.", 1_000)
    request: str | None = strawberry.field(description="The id of the request, where it is known.")
    approval: strawberry.ID | None = strawberry.field(description="The approval that let it happen, where it needed one.")
    detail: str = strawberry.field(description="The rest as JSON: codes, ids, dates and numbers.")
    seq: str | None = strawberry.field(description="Its place in the chain, a whole number; null for the second or so before it has one.")
    hash: str | None = strawberry.field(description="The hash of its link, in hexadecimal.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> AuditAct:
        return cls(
            audit_id=strawberry.ID(str(row["audit_id"])),
            at=row["at"],
            actor=row["actor"],
            credential=row["credential_id"],
            action=Action[row["action"]] if row["action"] in Action.__members__ else None,
            subject_kind=row["subject_kind"],
            subject=row["subject"],
            members=[strawberry.ID(str(NodeId(NodeKind.MEMBER, UUID(str(one))))) for one in row["members"]],
            request=row["request_id"],
            approval=strawberry.ID(str(row["approval_id"])) if row["approval_id"] else None,
            detail=orjson.dumps(row["detail"], option=orjson.OPT_SORT_KEYS).decode(),
            seq=str(row["seq"]) if row["seq"] else None,
            hash=row["hash"].hex() if row["hash"] else None,
        )


@strawberry.type(description="An act in a list.")
class AuditEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: AuditAct = strawberry.field(description="The act.")


@strawberry.type(description="A page of the audit trail.")
class AuditConnection:
    edges: list[AuditEdge] = strawberry.field(description="The acts of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
