"""Nobody acts on his own membership as an operator: whether an account is his, by the address that his sign-in has proved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from honeyguide.audit import Act, Action, actor_of, member_subject, record
from honeyguide.caller import Audience, Caller
from honeyguide.database import Executor, statements
from honeyguide.members.identifiers import IdentifierKind, normal_identifier

_SQL = statements(__package__, "own_account.sql")
OWN_ACCOUNT = "OWN_ACCOUNT"  # the code of the refusal


async def own_account(executor: Executor, caller: Caller, member_ids: Sequence[UUID]) -> bool:
    """Is one of these the operator's: by himself, by whom he took over or who took him over, or as one of his household?

    A household's pool is named by its id. Machines have no address, and own nothing; nor does anybody who is no operator.
    """
    if caller.audience is not Audience.OPERATOR or caller.email is None or not member_ids:
        return False
    address = normal_identifier(IdentifierKind.EMAIL, caller.email, None)
    if address is None:
        return False
    return bool(await executor.fetchval(_SQL["has_address"], caller.program_id, list(member_ids), address))


async def is_refused_as_own(executor: Executor, caller: Caller, member_ids: Sequence[UUID], operation: str, now: datetime) -> bool:
    """The same, and the attempt is in the audit trail."""
    if not await own_account(executor, caller, member_ids):
        return False
    detail = {"code": OWN_ACCOUNT, "operation": operation}
    await record(executor, Act(caller.program_id, now, actor_of(caller), Action.REFUSED, member_subject(member_ids[0]), detail=detail))
    return True
