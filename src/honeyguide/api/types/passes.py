"""Passes as read become passes as shown: their links, and what each phone lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.wallet_pass import PassDevice, PassState, Platform, WalletPass
from honeyguide.wallet.add.link import add_url, apple_url


def wallet_passes(rows: Iterable[Mapping[str, Any]], member_id: UUID, context: RequestContext) -> list[WalletPass]:
    return [_wallet_pass(row, member_id, context) for row in rows]


def _wallet_pass(row: Mapping[str, Any], member_id: UUID, context: RequestContext) -> WalletPass:
    services, program_id, style = context.services, context.caller.program_id, row["style"]
    link = (services.settings, program_id, member_id, style, context.now)
    # Whoever has a link has the card.
    add = "" if context.sees_masked else add_url(*link, generation=row["generation"])
    is_apple = services.wallet.offers_apple(program_id) and bool(add)
    return WalletPass(
        id=strawberry.ID(str(NodeId(NodeKind.PASS, UUID(row["pass_id"]), member_id))),
        style=style,
        state=PassState(row["state"]),
        add_url=add,
        apple_url=apple_url(*link, generation=row["generation"]) if is_apple else None,
        google_save_url=f"{add}/google" if add and services.offers_google(program_id) else None,
        devices=[_device(phone) for phone in row["phones"]],
    )


def _device(phone: Mapping[str, Any]) -> PassDevice:
    version = phone["version"]
    return PassDevice(
        platform=Platform(phone["platform"]),
        installed_at=datetime.fromisoformat(phone["installed_at"]),
        fetched_at=datetime.fromisoformat(phone["fetched_at"]) if phone["fetched_at"] else None,
        version=str(version) if version is not None else None,
        behind=phone["behind"],
    )
