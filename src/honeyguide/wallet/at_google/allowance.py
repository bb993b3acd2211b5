"""What a pass may still wake its owner by, counted in the database: exact over processes and restarts (G8, R45)."""

from __future__ import annotations

from datetime import datetime

from honeyguide.database import Executor
from honeyguide.wallet.at_google import objects as google_objects
from honeyguide.wallet.google.notifications import PER_DAY
from honeyguide.wallet.store import PassKey


class ObjectAllowance:
    """An Allowance of one object, as of the moment at which its turn began."""

    def __init__(self, executor: Executor, key: PassKey, now: datetime) -> None:
        self._executor, self._key, self._now = executor, key, now

    async def take(self) -> bool:
        return await google_objects.take_notification(self._executor, self._key, self._now, PER_DAY)

    async def give_back(self) -> None:
        await google_objects.give_back_notification(self._executor, self._key, self._now)

    async def exhausted(self) -> None:
        await google_objects.exhaust_notifications(self._executor, self._key, self._now, PER_DAY)
