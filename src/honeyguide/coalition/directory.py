"""The partners of every program in memory: a post must not ask the database which shops exist."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

from honeyguide.coalition import store
from honeyguide.coalition.partner import Location, Partner
from honeyguide.database import Database

# Partners are added, never changed: only something unknown sends us to the database, and at most so often for each program,
# so that a till with a wrong location code costs one read a second and not one a post.
REREAD_SECONDS = 1.0


class Partners:
    """Read through: what is unknown is read again, so a partner registered by another process is known within REREAD_SECONDS."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._read: dict[UUID, _Read] = {}
        self._reading: dict[UUID, asyncio.Lock] = {}

    async def partner(self, program_id: UUID, partner_id: UUID) -> Partner | None:
        partner = self._known(program_id, partner_id)
        if partner is None:
            await self._reread(program_id)
            partner = self._known(program_id, partner_id)
        return partner

    async def location(self, program_id: UUID, partner_id: UUID, code: str) -> Location | None:
        """The partner's location of this code."""
        partner = await self.partner(program_id, partner_id)
        if partner is None:
            return None
        if code not in partner.locations:
            await self._reread(program_id)
            partner = self._known(program_id, partner_id) or partner
        return partner.locations.get(code)

    async def all(self, program_id: UUID) -> list[Partner]:
        """Every partner by code, read now: for operators, who expect to see what they just did."""
        await self._reread(program_id, at_once=True)
        return sorted(self._read[program_id].partners.values(), key=lambda partner: partner.code)

    def forget(self, program_id: UUID) -> None:
        """Read the program again at the next question; after a registration in this process."""
        self._read.pop(program_id, None)

    def _known(self, program_id: UUID, partner_id: UUID) -> Partner | None:
        read = self._read.get(program_id)
        return read.partners.get(partner_id) if read else None

    async def _reread(self, program_id: UUID, *, at_once: bool = False) -> None:
        async with self._reading.setdefault(program_id, asyncio.Lock()):
            read = self._read.get(program_id)
            if read and not at_once and self._monotonic() - read.at < REREAD_SECONDS:
                return
            partners = await store.partners(self._database.pool, program_id)
            self._read[program_id] = _Read({partner.partner_id: partner for partner in partners}, self._monotonic())


class _Read:
    __slots__ = ("at", "partners")

    def __init__(self, partners: dict[UUID, Partner], at: float) -> None:
        self.partners = partners
        self.at = at
