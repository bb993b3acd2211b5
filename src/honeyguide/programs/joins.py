"""How people join by themselves, beside the partners' tills; pure."""

from __future__ import annotations

from pydantic import Field

from honeyguide.programs.scalars import Flag, Part


class Joins(Part):
    """What is left out is closed: people then join at a partner, or by the company's own sign-in."""

    by_email: Flag = Field(False, description="Whether who proves an e-mail address in the app or at /join becomes a member; default no.")
    on_phone: Flag = Field(
        False,
        description="Whether the holder of an anonymous card says who he is by the form of Apple Wallet; as at a till, no code proves it. Default no.",
    )
    anonymous: Flag = Field(False, description="Whether /join also gives a card to who says nothing of himself yet; default no.")
