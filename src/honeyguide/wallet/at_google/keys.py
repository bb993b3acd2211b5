"""Google's root keys, fetched when they are needed and kept as long as Google says (G18, G19)."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from honeyguide.caller import Clock
from honeyguide.egress import Egress, EgressFailed, EgressRefused
from honeyguide.wallet.google.callback import CallbackInvalid, RootKey, root_keys

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_MAX_AGE: Final = re.compile(r"max-age=([0-9]{1,7})")
_AT_LEAST, _AT_MOST = timedelta(minutes=5), timedelta(days=1)
# A signature that no key fits may be one of a new key: so often the list is fetched for strangers' sake.
_AGAIN: Final = timedelta(minutes=1)
_PATIENCE: Final = 5.0
_LARGEST: Final = 100_000


class KeysUnavailable(Exception):
    """Google's list of keys cannot be had now: nothing may be believed, and Google sends it again."""


class RootKeys:
    """`current` gives the keys; `newer` those fetched anew, or None where that was done a moment ago."""

    def __init__(self, url: str, egress: Egress, clock: Clock) -> None:
        self._url, self._egress, self._clock = url, egress, clock
        self._keys: list[RootKey] = []
        self._until, self._fetched_at = _LONG_AGO, _LONG_AGO
        self._fetching = asyncio.Lock()

    async def current(self) -> list[RootKey]:
        """Raises KeysUnavailable."""
        async with self._fetching:
            if self._clock() >= self._until:
                await self._fetch()
            return self._keys

    async def newer(self) -> list[RootKey] | None:
        """Raises KeysUnavailable."""
        async with self._fetching:
            if self._clock() < self._fetched_at + _AGAIN:
                return None
            await self._fetch()
            return self._keys

    async def _fetch(self) -> None:
        now = self._clock()
        try:
            response = await self._egress.fetch(self._url, largest=_LARGEST, within=_PATIENCE)
            keys = root_keys(response.body) if response.status == 200 else []
        except (EgressFailed, EgressRefused, CallbackInvalid) as error:
            raise KeysUnavailable(type(error).__name__) from None
        if not keys:
            raise KeysUnavailable(f"status {response.status}")
        said = _MAX_AGE.search(response.headers.get("cache-control", ""))
        age = timedelta(seconds=int(said[1])) if said else _AT_LEAST
        self._keys, self._fetched_at, self._until = keys, now, now + max(_AT_LEAST, min(age, _AT_MOST))
