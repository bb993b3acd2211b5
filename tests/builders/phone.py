"""A member's app at a till: shows the card, sets a PIN, answers what tills ask; by the documents that are shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from builders.platform import Platform, key
from honeyguide.caller import Audience

CARD = (Path(__file__).parents[2] / "schema/operations/member/card.graphql").read_text()


@dataclass(frozen=True)
class Phone:
    platform: Platform
    member_id: UUID

    async def ask(self, operation: str, **variables: Any) -> Any:
        body = {"query": CARD, "operationName": operation, "variables": variables}
        token = self.platform.token(Audience.MEMBER, str(self.member_id))
        answer = (await self.platform.send(Audience.MEMBER, token, body)).json()
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    async def code(self) -> str:
        """What a scanner reads from its screen now."""
        return str((await self.ask("Card"))["card"]["message"])

    async def approvals(self) -> list[Any]:
        return list((await self.ask("Approvals"))["approvals"])

    async def answer(self, hold_id: str, decision: str = "APPROVE") -> Any:
        return await self.ask("Approve", input={"idempotencyKey": key(), "holdId": hold_id, "decision": decision})
