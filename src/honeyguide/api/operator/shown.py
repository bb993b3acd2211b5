"""What an operator's mutations show of what they did: the transaction, and members as they are now."""

from __future__ import annotations

from uuid import UUID

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part, parts_of
from honeyguide.api.lookahead import selection_of
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.standing import standings
from honeyguide.api.types.transaction import Transaction, transaction_of
from honeyguide.ledger.recorded import Recorded


def transaction_shown(context: RequestContext, recorded: Recorded) -> Transaction:
    row = {name: getattr(recorded, name) for name in Recorded.__slots__}
    return transaction_of(row, context.program, None, context.now)


async def member_shown(info: Info, answer: str, field: str, member_id: UUID | str) -> MemberRecord:
    """The member under that field of the answer, with what the client selects of it."""
    context, key = info.context, UUID(str(member_id))
    below = selection_of(info, answer).named(field)
    parts = parts_of(below, context.program, context.now) if below else [Part("profile", "profile")]
    return MemberRecord.of((await standings(context, [key], parts))[key])
