"""Passes on phones."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import Node


@described("Which wallet.", APPLE="Apple Wallet.", GOOGLE="Google Wallet.")
class Platform(StrEnum):
    APPLE = "APPLE"
    GOOGLE = "GOOGLE"


@described(
    "How far a pass came.",
    ISSUED="Made, but on no phone.",
    INSTALLED="On one phone at least.",
    REVOKED="Withdrawn; phones show it as void.",
)
class PassState(StrEnum):
    ISSUED = "ISSUED"
    INSTALLED = "INSTALLED"
    REVOKED = "REVOKED"


@strawberry.type(description="What this phone has: version and when it fetched it; behind = what it lacks.")
class PassDevice:
    platform: Platform = strawberry.field(description="Which wallet.")
    installed_at: datetime = strawberry.field(description="When the phone took the pass.")
    fetched_at: datetime | None = strawberry.field(description="When it last fetched the pass; null for never.")
    version: str | None = strawberry.field(description="The member's version that it fetched.")
    behind: bool = strawberry.field(description="Whether the phone shows an older state than the books hold.")


@strawberry.type(description="A card of the member for phone wallets.")
class WalletPass(Node):
    style: str = strawberry.field(description="Its folder's name, such as membership.")
    state: PassState = strawberry.field(description="How far it came.")
    add_url: str = strawberry.field(
        description="The page from which a phone adds it; it serves 24 hours. Empty for who sees members masked."
    )
    apple_url: str | None = strawberry.field(description="The pass file itself, for an app's own button; null where Apple is not set up.")
    google_save_url: str | None = strawberry.field(description="The link of an app's own Google button; null where Google is not set up.")
    devices: list[PassDevice] = list_field("The phones that hold it.", 50)
