"""Messages of a card on their way to Google: each wakes its owner once at most, and leaves the card when its reason is gone (G8)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.at_google import objects as google_objects
from honeyguide.wallet.at_google.objects import DueObject
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.messages import MOST, message_bodies
from honeyguide.wallet.google.notifications import Allowance
from honeyguide.wallet.google.outcomes import Refused, Retry
from honeyguide.wallet.messages.store import messages_shown
from honeyguide.wallet.store import PassRow

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class MessagesToSend:
    """`there` is the field of the object with what is at Google already or may come in silence; `new` ones are added one by one."""

    wallet: Wallet
    due: DueObject
    known: list[dict[str, Any]] = field(default_factory=list)
    new: list[tuple[dict[str, Any], bool]] = field(default_factory=list)  # and whether it may wake the owner

    @classmethod
    async def read(cls, wallet: Wallet, due: DueObject, row: PassRow, body: Mapping[str, Any]) -> MessagesToSend:
        """A closed card has none."""
        read = cls(wallet, due)
        if body["state"] != "ACTIVE" or row.face is None:
            return read
        shown = await messages_shown(wallet.database.pool, row.key.program_id, row.key.member_id, wallet.clock())
        rings = any(one.notify and one.id not in due.messages for one in shown) and not await google_objects.rings_elsewhere(
            wallet.database.pool, due.key
        )
        bodies = message_bodies(shown, str(row.face["language"]))
        for one, message in zip(bodies, reversed(shown[:MOST]), strict=True):
            if message.id in due.messages:
                read.known.append(one)
            else:
                read.new.append((one, message.notify and rings))
        return read

    @property
    def there(self) -> dict[str, Any]:
        return {"messages": list(self.known)} if self.known else {}

    async def send(self, google: GoogleWallet, notify: Allowance | None) -> timedelta | None:
        """Add the new ones; how long to wait before the next try, None when all went out. One that Google refuses is not tried again."""
        pool, key = self.wallet.database.pool, self.due.key
        for one, wakes in self.new:
            # Noted before it goes: if this process or the answer is lost, the next patch writes all messages, each once, and wakes nobody.
            await google_objects.note_message(pool, key, UUID(one["id"]))
            outcome = await google.add_message(self.due.object_id, one, notify if wakes else None)
            if isinstance(outcome, Retry):
                if outcome.unsent:
                    await google_objects.take_back_message(pool, key, UUID(one["id"]))
                return outcome.after or timedelta(0)
            if isinstance(outcome, Refused):
                _log.error("Google refuses a message of pass %s: %s %s", key.pass_id, outcome.status, outcome.reason)
            else:
                self.known.append(one)
        return None
