"""Read a card: the member's state of one snapshot, under the program version of that snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from honeyguide.database import Database
from honeyguide.members.store import MemberStatus
from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.current import Programs
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import progress, tier_windows
from honeyguide.wallet import store
from honeyguide.wallet.card import Card, CardBalance, CardProgress, CardStatus
from honeyguide.wallet.card_program import card_program, first_tier
from honeyguide.wallet.store import CardRow, PassKey

# What the back of a pass announces: points of which dates, and how many dates.
EXPIRING_WITHIN = timedelta(days=90)
EXPIRING_DATES = 3


@dataclass(frozen=True, slots=True)
class CardRead:
    """The row it was read from, the card, and the program that says what it means."""

    row: CardRow
    card: Card
    program: Program


class CardReader:
    """Reads cards of any program; a version applied by another process is found by the snapshot itself, not by waiting for news of it."""

    def __init__(self, database: Database, programs: Programs) -> None:
        self.database, self._programs = database, programs

    async def read(self, key: PassKey, now: datetime) -> CardRead | None:
        """None when there is no such pass."""
        applied = self._programs.current(key.program_id)
        while True:
            program = applied.program
            anniversary = await self._year_begins_on(key, program)
            windows = tier_windows(program, now, anniversary)
            announced_until = program.local_day(now + EXPIRING_WITHIN)
            row = await store.load_card(self.database.pool, key, now, program.time_zone, announced_until, windows)
            if row is None:
                return None
            if row.program_version == applied.version:
                return CardRead(row, make_card(row, program, windows, now, anniversary), program)
            applied = await self._programs.at(key.program_id, row.program_version)

    async def _year_begins_on(self, key: PassKey, program: Program) -> date | None:
        """The local day whose anniversaries begin the member's own year, asked only where there are such years."""
        if program.tiers is None or not program.tiers.has_own_years:
            return None
        days = await store.year_days(self.database.pool, key)
        if days is None:
            return None
        enrolled_at, own = days
        return own if own is not None and program.tiers.period.kind == "member_year" else program.local_day(enrolled_at)


def make_card(row: CardRow, program: Program, windows: tuple[WindowKey, ...], now: datetime, anniversary: date | None = None) -> Card:
    """Put the member's row and the program's words together."""
    held = {unit: CardBalance(unit, available, pending, days[:EXPIRING_DATES]) for unit, available, pending, days in row.balances}
    is_closed = row.state == "REVOKED" or MemberStatus(row.status).is_over
    return Card(
        program_id=row.key.program_id,
        member_id=row.key.member_id,
        pass_id=row.key.pass_id,
        version=row.version,
        style=row.style,
        serial=row.serial,
        barcode=row.barcode,
        locale=row.locale,
        member_name=row.display_name,
        member_number=row.member_number,
        program=card_program(program, row.style),
        tier=row.tier or first_tier(program),
        balances=tuple(held.get(unit) or CardBalance(unit, 0) for unit in program.units),
        progress=_nearest(program, row, windows, now, anniversary),
        status=CardStatus.CLOSED if is_closed else CardStatus.ACTIVE,
        generation=row.generation,
        is_anonymous=row.anonymous,
    )


def _nearest(
    program: Program, row: CardRow, windows: tuple[WindowKey, ...], now: datetime, anniversary: date | None
) -> CardProgress | None:
    """Where several metrics lead to the next tier, the one of which least is missing."""
    ways = progress(program, row.tier, dict(zip(windows, row.window_sums, strict=True)), now, anniversary)
    if not ways:
        return None
    way = min(ways, key=lambda way: way.remaining / max(way.needed, 1))
    return CardProgress(
        next_tier=way.next_tier_code,
        unit=way.metric,
        current=way.current,
        needed=way.needed,
        remaining=way.remaining,
        period_ends=program.local_day(way.period_ends),
    )
