"""The certificate of an erasure, as auditors read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import PageInfo
from honeyguide.api.types.unit import Unit
from honeyguide.members.endings import Erasure
from honeyguide.members.erase_member import ErasureReason
from honeyguide.members.erasure_certificate import canonical
from honeyguide.programs.program import Program

described(
    "Why a person is forgotten.",
    REQUESTED="The person asked for it.",
    RETENTION="It was kept as long as it may be kept.",
    OTHER="Another reason.",
)(ErasureReason)


@strawberry.type(description="How much of what was removed.")
class Removed:
    what: str = strawberry.field(description="What, such as emails, identifiers or passes.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="What the books hold of the erased person against one kind of account, the same before and after.")
class ErasureTotal:
    unit: Unit = strawberry.field(description="Of which unit.")
    account: str = strawberry.field(description="Which kind of account: issued, redeemed, breakage, forfeited ...")
    came: Decimal = strawberry.field(description="How much came from it to the member.")
    went: Decimal = strawberry.field(description="How much went to it from the member.")
    transfers: int = strawberry.field(description="In how many transfers.")


@strawberry.type(description="What was removed of a person, and that the books were not changed by it; it names nobody.")
class ErasureCertificate:
    member: strawberry.ID = strawberry.field(description="The id that the books keep.")
    erased_at: datetime = strawberry.field(description="When.")
    erased_by: str = strawberry.field(description="By whom.")
    reason: ErasureReason = strawberry.field(description="Why.")
    closure: strawberry.ID | None = strawberry.field(
        description="The transaction that closed the account before, and says what was forfeited or paid out."
    )
    removed: list[Removed] = list_field("What was removed, by kind.", 50)
    totals: list[ErasureTotal] = list_field("What the books hold, read before and after the removal and found equal.", 200)
    sha256: str = strawberry.field(description="Of the document, in hexadecimal.")
    document: str = strawberry.field(description="All of it as JSON with sorted keys and no spaces: the bytes that sha256 is of.")

    @classmethod
    def of(cls, erasure: Erasure, program: Program) -> ErasureCertificate:
        written = erasure.certificate
        closure = written["closure"]
        return cls(
            member=strawberry.ID(str(NodeId(NodeKind.MEMBER, erasure.member_id))),
            erased_at=erasure.erased_at,
            erased_by=erasure.erased_by,
            reason=ErasureReason(written["reason"]),
            closure=strawberry.ID(closure) if closure else None,
            removed=[Removed(what=what, count=count) for what, count in sorted(written["removed"].items())],
            totals=list(_totals(written["totals"]["after"], program)),
            sha256=written["sha256"],
            document=canonical(written).decode(),
        )


@strawberry.type(description="A certificate in a list.")
class ErasureEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: ErasureCertificate = strawberry.field(description="The certificate.")


@strawberry.type(description="A page of certificates.")
class ErasureConnection:
    edges: list[ErasureEdge] = strawberry.field(description="The certificates of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


def _totals(totals: Mapping[str, Any], program: Program) -> list[ErasureTotal]:
    return [
        ErasureTotal(
            unit=unit,
            account=account,
            came=unit.quantity(row["came"]),
            went=unit.quantity(row["went"]),
            transfers=row["transfers"],
        )
        for code, by_account in sorted(totals.items())
        if code in program.units
        for unit in (Unit.of(program, code),)
        for account, row in sorted(by_account.items())
    ]
