"""What members who work at a partner may do there; pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from honeyguide.programs.scalars import Part


class Staff(Part):
    """Rules for members marked as staff of a partner, at that partner; nobody posts for himself, whatever these say."""

    earn: Literal["no", "park", "yes"] = Field(
        "yes", description="no: a purchase is recorded and earns nothing; park: somebody looks at it first."
    )
    burn_at_own: Literal["no", "yes"] = Field("yes", description="Whether they redeem where they work.")
