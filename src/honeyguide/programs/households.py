"""Households: members who share one pool of points; what they bring into it and what they leave with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from honeyguide.programs.scalars import Part, Whole


class JoinsWith(StrEnum):
    """What a member who joins brings into the pool."""

    BALANCE = "balance"
    NOTHING = "nothing"


class LeavesWith(StrEnum):
    """What a member who leaves takes out of the pool: what is left of the lots that came from him, or nothing."""

    OWN = "own"
    NOTHING = "nothing"


class Households(Part):
    """How households work; a program without this part has none."""

    max_members: Annotated[Whole, Field(description="The most members of one household; default 6.", ge=2, le=100)] = 6
    joins_with: JoinsWith = Field(
        JoinsWith.BALANCE, description="balance (default): who joins brings all points; nothing: keeps them apart."
    )
    leaves_with: LeavesWith = Field(
        LeavesWith.OWN, description="own (default): who leaves takes what is left of the own lots; nothing: all stays in the pool."
    )
