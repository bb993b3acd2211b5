"""What the operator's API tells of every member after a replay."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from honeyguide.replay.api import Api
from honeyguide.replay.documents import STATES
from honeyguide.replay.posts import household_of
from honeyguide.replay.state import MemberState, UnitState


async def states_told(operator: Api) -> dict[int, MemberState]:
    """By household, as far as the API tells it (state.OPERATOR); other members are passed over."""
    told: dict[int, MemberState] = {}
    after: str | None = None
    while True:
        page = (await operator.ask(STATES, {"after": after}))["members"]
        for edge in page["edges"]:
            household = household_of(edge["node"]["email"] or "")
            if household is not None:
                told[household] = _state(edge["node"])
        if not page["pageInfo"]["hasNextPage"]:
            return told
        after = page["pageInfo"]["endCursor"]


def _state(member: Mapping[str, Any]) -> MemberState:
    units = {account["unit"]["code"]: _unit(account, account["unit"]["decimals"]) for account in member["accounts"]}
    return MemberState(member["tier"]["tier"]["code"], 0, units)


def _unit(account: Mapping[str, Any], decimals: int) -> UnitState:
    available, pending, held, debt = (int(Decimal(account[name]).scaleb(decimals)) for name in ("available", "pending", "held", "debt"))
    return UnitState(0, available, pending, held, debt)
