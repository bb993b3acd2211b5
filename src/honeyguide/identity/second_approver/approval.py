"""An act that waits for a second person, and what became of it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

WAITS_FOR = timedelta(hours=72)
MOST_WAITING = 100  # of one operator


class ApprovalOperation(StrEnum):
    """What can wait; the values are the mutations' names, which idempotency keys are hashed with."""

    ADJUST_ACCOUNT = "adjustAccount"
    TRANSFER_POINTS = "transferPoints"
    MERGE_MEMBERS = "mergeMembers"
    ASSIGN_TIER = "assignTier"
    ERASE_MEMBER = "eraseMember"
    APPLY_PROGRAM = "applyProgram"


class ApprovalState(StrEnum):
    WAITS = "WAITS"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    ENDED = "ENDED"  # nobody decided in time


class ApproveDecision(StrEnum):
    APPROVE = "APPROVE"
    DECLINE = "DECLINE"


@dataclass(frozen=True, slots=True)
class Approval:
    """`request` as it will be carried out: members by their ids, quantities as sent. `outcome`: a transaction, a version, or a refusal.

    `asked_email`: a keyed hash of the asker's proved address, for nobody approves his own request under another name.
    """

    approval_id: UUID
    operation: ApprovalOperation
    request: Mapping[str, Any]
    request_hash: bytes
    key: str
    asked_by: str
    asked_email: bytes | None
    asked_at: datetime
    ends_at: datetime
    members: tuple[UUID, ...]
    state: ApprovalState
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    outcome: Mapping[str, Any] | None = None

    def state_at(self, now: datetime) -> ApprovalState:
        is_over = self.state is ApprovalState.WAITS and now >= self.ends_at
        return ApprovalState.ENDED if is_over else self.state


@dataclass(frozen=True, slots=True)
class Waits:
    """The answer of an act that is over a limit: nothing happened yet."""

    approval: Approval
    replayed: bool
