"""Operators who act by hand on the members of a shop, alone or in twos."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from builders.people import call_of
from builders.shop import DEMO, Shop
from honeyguide.caller import Audience, Caller
from honeyguide.identity.access import ROLES, SCOPES
from honeyguide.identity.second_approver.approval import Approval, ApproveDecision, Waits
from honeyguide.identity.second_approver.by_hand import by_hand
from honeyguide.identity.second_approver.carry_out import Hands
from honeyguide.identity.second_approver.decide import Decide, decide
from honeyguide.identity.second_approver.requests import ApplyFile, Request
from honeyguide.members.erase_member import EraseMember, ErasureReason
from honeyguide.members.merge_members import MergeRequest
from honeyguide.transactions.assign_tier import AssignTier
from honeyguide.transactions.requests import AdjustRequest
from honeyguide.transactions.transfer_points import TransferRequest

LIMITS = """
approvals:
  goodwill:
    per_post: {points: 100}
    per_agent_per_day: {points: 250}
    per_member_per_day: {points: 150}
  adjust: {points: 1000}
  transfer: {points: 1000}
  merge: {points: 500}
  tier: always
  erase: always
"""


def file_with(approvals: str = LIMITS, **changes: str) -> str:
    """The demo's file with these limits instead of its own."""
    before, _, after = DEMO.partition("\napprovals:\n")
    source = before + "\n\n" + after.partition("\n\n")[2] + approvals
    for old, new in changes.items():
        source = source.replace(old, new)
    return source


@dataclass(frozen=True)
class Operator:
    """`email` None: a machine."""

    shop: Shop
    name: str
    email: str | None
    scopes: frozenset[str] = SCOPES[Audience.OPERATOR]

    @classmethod
    def person(cls, shop: Shop, name: str = "olivia", role: str = "admin") -> Operator:
        return cls(shop, f"company/{name}", f"{name}@example.test", ROLES[role])

    @classmethod
    def machine(cls, shop: Shop, name: str = "robot") -> Operator:
        return cls(shop, name, None)

    @property
    def hands(self) -> Hands:
        credential = None if self.email else f"client-{self.name}"
        caller = Caller(Audience.OPERATOR, self.shop.applied.program_id, self.name, self.scopes, credential, email=self.email)
        return Hands(replace(call_of(self.shop), caller=caller), self.shop.programs, (), "request-1")

    async def does(self, request: Request) -> Any:
        return await by_hand(self.hands, request)

    async def asks(self, request: Request) -> Approval:
        waits = await self.does(request)
        assert isinstance(waits, Waits), waits
        return waits.approval

    async def says(
        self, approval: Approval | UUID | None, verdict: ApproveDecision = ApproveDecision.APPROVE, key: str | None = None
    ) -> Any:
        approval_id = approval.approval_id if isinstance(approval, Approval) else approval
        return await decide(self.hands, Decide(key or str(uuid4()), approval_id, verdict, None))

    async def adjust(self, member: UUID, points: str, key: str | None = None, reason: str = "CORRECTION") -> AdjustRequest:
        return AdjustRequest(key or str(uuid4()), await self.shop.lookup(member), "points", Decimal(points), reason, "a mistake of ours")

    async def goodwill(self, member: UUID, points: str, key: str | None = None) -> AdjustRequest:
        return await self.adjust(member, points, key, "GOODWILL")

    async def transfer(self, giver: UUID, receiver: UUID, points: str, key: str | None = None) -> TransferRequest:
        to = await self.shop.lookup(receiver)
        return TransferRequest(key or str(uuid4()), await self.shop.lookup(giver), to, "points", Decimal(points), "as they wish")

    async def merge(self, source: UUID, target: UUID, key: str | None = None) -> MergeRequest:
        return MergeRequest(key or str(uuid4()), await self.shop.lookup(source), await self.shop.lookup(target), True, "one person")

    async def tier(self, member: UUID, tier: str = "honeyguide") -> AssignTier:
        until = self.shop.clock().date().replace(year=self.shop.clock().year + 1)
        return AssignTier(str(uuid4()), await self.shop.lookup(member), tier, until, "GOODWILL", "to make good")

    def erase(self, member: UUID) -> EraseMember:
        return EraseMember(str(uuid4()), member, ErasureReason.REQUESTED)

    def apply(self, source: str, version: int | None = None, key: str | None = None) -> ApplyFile:
        return ApplyFile(key or str(uuid4()), source, self.shop.applied.version if version is None else version)


async def trail(shop: Shop, *actions: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Who did which of these, oldest first, with the detail."""
    rows = await shop.database.pool.fetch(
        "SELECT actor, action, detail FROM audit WHERE action = ANY($1::text[]) ORDER BY at, audit_id", list(actions)
    )
    return [(row["actor"], row["action"], row["detail"]) for row in rows]
