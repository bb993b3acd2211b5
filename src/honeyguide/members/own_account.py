"""Nobody acts on his own membership as an operator: whether an account is his, by the address that his sign-in has proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from honeyguide.audit import Act, Action, actor_of, member_subject, record
from honeyguide.caller import Audience, Caller
from honeyguide.database import Executor, statements
from honeyguide.members.identifiers import IdentifierKind, normal_identifier
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.intent import Key

_SQL = statements(__package__, "own_account.sql")
_PURPOSE = "an operator's address"
OWN_ACCOUNT = "OWN_ACCOUNT"  # the code of the refusal


async def own_account(executor: Executor, caller: Caller, member_ids: Sequence[UUID]) -> bool:
    """Is one of these the operator's: by himself, by whom he took over or who took him over, or as one of his household?

    A household's pool is named by its id. Machines have no address, and own nothing; nor does anybody who is no operator.
    """
    return bool(await own_accounts(executor, caller, member_ids))


async def own_accounts(executor: Executor, caller: Caller, member_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these are the operator's."""
    mine = mailbox_of(caller.email) if caller.audience is Audience.OPERATOR and caller.email is not None else None
    if mine is None:
        return frozenset()
    return await _owned(executor, caller.program_id, member_ids, lambda address: mailbox_of(address) == mine)


async def accounts_of(
    executor: Executor, claims: ClaimHasher, caller: Caller, address: bytes | None, member_ids: Sequence[UUID]
) -> frozenset[UUID]:
    """Which of these belong to the operator of whom only `address_hash` is kept; `caller` is whoever acts in his name."""
    if address is None:
        return frozenset()
    return await _owned(executor, caller.program_id, member_ids, lambda one: has_address(claims, caller, one, address))


async def is_refused_as_own(executor: Executor, caller: Caller, member_ids: Sequence[UUID], operation: str, now: datetime) -> bool:
    """The same, and the attempt is in the audit trail."""
    if not await own_account(executor, caller, member_ids):
        return False
    await note_refused(executor, caller, member_ids[0], operation, now)
    return True


async def note_refused(executor: Executor, caller: Caller, member_id: UUID, operation: str, now: datetime) -> None:
    """That somebody tried to act on his own account is in the audit trail."""
    detail = {"code": OWN_ACCOUNT, "operation": operation}
    await record(executor, Act(caller.program_id, now, actor_of(caller), Action.REFUSED, member_subject(member_id), detail=detail))


def address_hash(claims: ClaimHasher, caller: Caller) -> bytes | None:
    """A keyed hash of the address that the sign-in has proved; None for who has none, such as a machine."""
    return None if caller.email is None else _hashed(claims, caller, caller.email).request_hash


def has_address(claims: ClaimHasher, caller: Caller, address: str, hashed: bytes) -> bool:
    """Is this the address of which the hash was kept?"""
    return _hashed(claims, caller, address).same_request(hashed)


def mailbox_of(address: str) -> str | None:
    """Whose letters they are: what stands behind a + in the name is a label of his own; None for what is no address."""
    normal = normal_identifier(IdentifierKind.EMAIL, address, None)
    if normal is None:
        return None
    name, _, domain = normal.rpartition("@")
    return f"{name.partition('+')[0] or name}@{domain}"


async def _owned(executor: Executor, program_id: UUID, member_ids: Sequence[UUID], is_his: Callable[[str], bool]) -> frozenset[UUID]:
    if not member_ids:
        return frozenset()
    rows = await executor.fetch(_SQL["addresses_of"], program_id, list(member_ids))
    return frozenset(row["asked"] for row in rows if is_his(row["address"]))


def _hashed(claims: ClaimHasher, caller: Caller, address: str) -> Key:
    return claims.key_over(caller, "", _PURPOSE, mailbox_of(address) or address.lower())
