"""The member takes the data along."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated
from uuid import uuid4

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import checked_key
from honeyguide.api.problems import Throttled
from honeyguide.api.types.described import described
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.export.export_link import LIFETIME, ExportFormat, ExportLink, seal_link
from honeyguide.members.endings import survivor_of
from honeyguide.transactions.outcomes import Rejected

described("In which form.", JSON="For programs: everything.", PDF="For people: everything, of a long history the newest.")(ExportFormat)


@strawberry.input(description="What to take along; nothing is written, so a key is not needed.")
class ExportMyDataInput:
    format: ExportFormat = strawberry.field(description="In which form.")
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="Taken for the sake of clients that send one with everything; each answer is a new link."
    )


@strawberry.type(description="A link behind which the data lie.")
class DataExported:
    url: str = strawberry.field(description="Opens once, within ten minutes; whoever has it has the data.")
    expires_at: datetime = strawberry.field(description="Until when.")


ExportMyDataResult = Annotated[
    DataExported | TransactionRejected, strawberry.union("ExportMyDataResult", description="What became of exportMyData.")
]
Input = Annotated[ExportMyDataInput, strawberry.argument(description="What to take along.")]


async def export_my_data(info: Info, input: Input) -> ExportMyDataResult:
    context = info.context
    if input.idempotency_key:
        checked_key(input.idempotency_key)
    caller, services = context.caller, context.services
    if (wait := services.export_wishes.take(str(caller.member_id))) > 0:
        raise Throttled("Too many exports; try again later.", math.ceil(wait))
    found = await survivor_of(services.database.pool, caller.program_id, caller.member_id)
    if found is None or found.member_id != caller.member_id or found.status.is_over:
        return refusal.rejected(context, Rejected("ACCOUNT_CLOSED"))
    ends_at = (context.now + LIFETIME).replace(microsecond=0)
    link = ExportLink(caller.program_id, caller.member_id, uuid4(), input.format, context.language, ends_at)
    return DataExported(url=f"{services.settings.url}/export/{seal_link(services.export_key, link)}", expires_at=ends_at)
