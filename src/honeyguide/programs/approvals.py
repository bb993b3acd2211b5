"""What an operator may do alone, what needs a second person, and how much goodwill an agent may give; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from honeyguide.programs.earning.exact import minor
from honeyguide.programs.scalars import Amount, Code, Part

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

When = Literal["always", "never"]


class Goodwill(Part):
    """The budget of agents, who may give goodwill and nothing else; without it they give none."""

    per_post: dict[Code, Amount] = Field({}, description="The most at once, by unit; a unit not named: nothing.")
    per_agent_per_day: dict[Code, Amount] = Field(
        {}, description="The most that one agent gives a day, by unit; a unit not named: nothing."
    )
    per_member_per_day: dict[Code, Amount] = Field(
        {}, description="The most that one member is given a day, by whomever, by unit; a unit not named: no limit of its own."
    )


class Approvals(Part):
    """What waits for a second person; what is not named waits for nobody."""

    goodwill: Goodwill = Field(Goodwill(), description="The budget of agents.")
    adjust: dict[Code, Amount] = Field(
        {}, description="The most that one operator adjusts for one member in 24 hours alone, given and taken summed, by unit."
    )
    transfer: dict[Code, Amount] = Field(
        {}, description="The most that one operator transfers from or to one member in 24 hours alone, by unit."
    )
    merge: When | dict[Code, Amount] = Field(
        "never", description="Whether merges wait; or, by unit: those where either of the two has more than this."
    )
    tier: When = Field("never", description="Whether tiers given by hand wait.")
    erase: When = Field("never", description="Whether erasures wait.")
    program: When = Field("never", description="Whether program files wait; a change of this section does whenever there is one in force.")


class Summed(StrEnum):
    """What is summed by operator and member."""

    GOODWILL = "GOODWILL"
    ADJUST = "ADJUST"
    TRANSFER = "TRANSFER"


@dataclass(frozen=True, slots=True)
class Budget:
    """Minor units of one unit; `per_member_per_day` None is unlimited."""

    per_post: int
    per_agent_per_day: int
    per_member_per_day: int | None


def goodwill_budget(program: Program, unit: str) -> Budget:
    goodwill = program.approvals.goodwill
    return Budget(
        per_post=_limit(program, goodwill.per_post, unit) or 0,
        per_agent_per_day=_limit(program, goodwill.per_agent_per_day, unit) or 0,
        per_member_per_day=_limit(program, goodwill.per_member_per_day, unit),
    )


def alone(program: Program, summed: Summed, unit: str) -> int | None:
    """Minor units that one operator may move for one member in 24 hours without a second person; None is unlimited."""
    approvals = program.approvals
    return _limit(program, approvals.adjust if summed is Summed.ADJUST else approvals.transfer, unit)


def merge_waits(program: Program, balances: Mapping[str, int]) -> bool:
    """Does the merge of somebody who has so much, in minor units by unit, wait? Either of the two may be asked about."""
    merge = program.approvals.merge
    if not isinstance(merge, dict):
        return merge == "always"
    return any(amount > int(minor(merge[unit], program.decimals(unit))) for unit, amount in balances.items() if unit in merge)


def file_waits(in_force: Program, proposed: Program) -> bool:
    """Any change of these limits waits where there are some, also a stricter one: which of two is stricter, a second person judges."""
    approvals = in_force.approvals
    return approvals.program == "always" or (approvals != Approvals() and approvals != proposed.approvals)


def _limit(program: Program, limits: Mapping[str, Decimal], unit: str) -> int | None:
    return int(minor(limits[unit], program.decimals(unit))) if unit in limits else None
