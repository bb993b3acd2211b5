"""What a program decides of its cards at Google Wallet: which code they show, who may hold them, where and how they are tapped; pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from honeyguide.programs.scalars import Flag, Part

IssuerId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,30}$")]


class Place(Part):
    """Where the phone brings the card forward."""

    latitude: Decimal = Field(ge=-90, le=90, max_digits=9, decimal_places=6, description="Degrees north.")
    longitude: Decimal = Field(ge=-180, le=180, max_digits=9, decimal_places=6, description="Degrees east.")


class GoogleStyle(Part):
    """The style at Google Wallet; what is not said is the safer choice."""

    barcode: Literal["rotating", "rotating_or_static", "static"] = Field(
        "rotating",
        description="rotating: a code of thirty seconds, which a till changes for a handle by `identify`; "
        "rotating_or_static: the printed one as well, where a phone cannot show the other; static: the printed one only. "
        "A static code can be copied, so it earns and redeems under the small limit alone.",
    )
    holders: Literal["one_user_all_devices", "one_user_one_device", "multiple_holders"] = Field(
        "one_user_all_devices", description="Who may hold one card: all phones of one person, one phone, or whoever has the link."
    )
    only_own_account: Flag = Field(
        False,
        description="Only the Google account of the member's own e-mail address can save the card: Google gets a hash of the address.",
    )
    smart_tap: tuple[IssuerId, ...] = Field(
        (),
        max_length=20,
        description="Redemption issuers whose terminals may read the card by NFC; each has its key and collector id at Google.",
    )
    places: tuple[Place, ...] = Field((), max_length=10, description="At most ten places at which the phone brings the card forward.")
