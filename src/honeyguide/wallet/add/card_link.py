"""The address of the page from which a member adds the card, new or not."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from honeyguide.programs.current import Applied
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.store import find_pass_of_style


async def card_link(wallet: Wallet, applied: Applied, member_id: UUID, now: datetime) -> str:
    """Who was a member before may hold a pass, whose links have its generation; it is looked up for everybody alike."""
    style = wallet.styles.default(applied.program) or "membership"
    known = await find_pass_of_style(wallet.database.pool, applied.program_id, member_id, style)
    return add_url(wallet.settings, applied.program_id, member_id, style, now, generation=known.generation if known else 1)
