"""Reads and writes of what is counted by hand and what waits: one typed function a statement of approvals.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from honeyguide.database import Connection, Executor, Section, statements
from honeyguide.identity.second_approver.approval import Approval, ApprovalOperation, ApprovalState, ApproveDecision
from honeyguide.programs.approvals import Summed
from honeyguide.till.intent import Key

_SQL = statements(__package__, "approvals.sql")
_TURNS = 0x_A4_0D  # only has to differ from other users of two-part advisory locks


@dataclass(frozen=True, slots=True)
class Use:
    """Minor units, above zero whether they are given or taken; `other_id`: the other side of a transfer. `day`: the program's."""

    summed: Summed
    unit: str
    amount: int
    member_id: UUID
    other_id: UUID | None
    at: datetime
    day: date

    @property
    def members(self) -> list[UUID]:
        return [self.member_id] if self.other_id is None else [self.member_id, self.other_id]


async def take_turn(connection: Connection, program_id: UUID) -> None:
    await connection.execute(_SQL["take_turn"], _TURNS, program_id)


async def used(connection: Connection, program_id: UUID, operator: str, key: str, use: Use, since: datetime) -> int:
    return int(await connection.fetchval(_SQL["used"], program_id, operator, key, use.summed, use.unit, use.members, since))


async def goodwill_given(connection: Connection, program_id: UUID, operator: str, key: str, use: Use) -> tuple[int, int]:
    """By the agent to anybody, and to the member by anybody."""
    row = await connection.fetchrow(_SQL["goodwill_given"], program_id, operator, key, use.unit, use.day, use.member_id)
    return row["by_agent"], row["of_member"]


async def use_under(connection: Connection, program_id: UUID, operator: str, key: str) -> bytes | None:
    """The hash of the request that has counted under the key."""
    return await connection.fetchval(_SQL["use_under"], program_id, operator, key)  # type: ignore[no-any-return]


async def insert_use(connection: Connection, program_id: UUID, operator: str, key: Key, use: Use) -> None:
    what = (use.summed, use.unit, use.amount, use.member_id, use.other_id, use.at, use.day)
    await connection.execute(_SQL["insert_use"], program_id, operator, key.key, key.request_hash, *what)


async def give_back(executor: Executor, program_id: UUID, operator: str, key: Key) -> None:
    await executor.execute(_SQL["give_back"], program_id, operator, key.key, key.request_hash)


async def insert_approval(connection: Connection, program_id: UUID, asked: Approval) -> bool:
    """Whether it is the first under its key."""
    return bool(
        await connection.fetchval(
            _SQL["insert_approval"],
            program_id,
            asked.approval_id,
            asked.operation,
            dict(asked.request),
            asked.request_hash,
            asked.key,
            asked.asked_by,
            asked.asked_email,
            asked.asked_at,
            asked.ends_at,
            list(asked.members),
        )
    )


async def count_waiting(connection: Connection, program_id: UUID, asked_by: str, now: datetime) -> int:
    return int(await connection.fetchval(_SQL["count_waiting"], program_id, asked_by, now))


async def asked_under(executor: Executor, program_id: UUID, asked_by: str, key: str) -> Approval | None:
    return _approval(await executor.fetchrow(_SQL["asked_under"], program_id, asked_by, key))


async def lock_approval(connection: Connection, program_id: UUID, approval_id: UUID) -> Approval | None:
    return _approval(await connection.fetchrow(_SQL["lock_approval"], program_id, approval_id))


async def read_approval(executor: Executor, program_id: UUID, approval_id: UUID) -> Approval | None:
    return _approval(await executor.fetchrow(_SQL["read_approval"], program_id, approval_id))


async def decide(
    connection: Connection, program_id: UUID, approval_id: UUID, verdict: ApproveDecision, decided_by: str, now: datetime, note: str | None
) -> None:
    state = ApprovalState.APPROVED if verdict is ApproveDecision.APPROVE else ApprovalState.DECLINED
    await connection.execute(_SQL["decide"], program_id, approval_id, state, decided_by, now, note)


async def keep_outcome(executor: Executor, program_id: UUID, approval_id: UUID, outcome: Mapping[str, Any]) -> None:
    await executor.execute(_SQL["keep_outcome"], program_id, approval_id, dict(outcome))


async def left_behind(
    executor: Executor, program_id: UUID, before: datetime, limit: int, after: tuple[datetime, UUID] | None
) -> list[tuple[tuple[datetime, UUID], Approval | None]]:
    """With the place of each in the order of decisions; None for an operation that this release does not know."""
    rows = await executor.fetch(_SQL["left_behind"], program_id, before, limit, *(after or (None, None)))
    known = set(ApprovalOperation)
    return [((row["decided_at"], row["approval_id"]), _approval(row) if row["operation"] in known else None) for row in rows]


async def list_approvals(
    executor: Executor, program_id: UUID, state: ApprovalState | None, section: Section, now: datetime
) -> list[Approval]:
    """Newest first, by (asked_at, approval_id)."""
    rows = await executor.fetch(section.of(_SQL["list_approvals"]), program_id, state, now, section.limit, *section.keys(2))
    return [found for row in rows if (found := _approval(row)) is not None]


async def balances(executor: Executor, program_id: UUID, member_ids: Sequence[UUID]) -> dict[str, int]:
    return {row["unit"]: row["amount"] for row in await executor.fetch(_SQL["balances"], program_id, list(member_ids))}


def _approval(row: Mapping[str, Any] | None) -> Approval | None:
    if row is None:
        return None
    given = {
        **row,
        "operation": ApprovalOperation(row["operation"]),
        "state": ApprovalState(row["state"]),
        "members": tuple(row["members"]),
    }
    return Approval(**given)
