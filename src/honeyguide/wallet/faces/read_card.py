"""Read a card: the member's state of one snapshot, under the program version of that snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from honeyguide.database import Database
from honeyguide.members.person import COLUMNS, PersonVault
from honeyguide.members.store import MemberStatus
from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.current import Programs
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import progress, tier_windows
from honeyguide.wallet import store
from honeyguide.wallet.faces.card import Card, CardBalance, CardMessage, CardProgress, CardStatus, last_day
from honeyguide.wallet.faces.card_program import card_program, first_tier
from honeyguide.wallet.store import CardRow, PassKey

# What the back of a pass announces: points of which dates (R30: all of them), and how many lines at most.
EXPIRING_WITHIN = timedelta(days=90)
EXPIRING_DATES = 20


@dataclass(frozen=True, slots=True)
class CardRead:
    """The row it was read from, the card, and the program that says what it means."""

    row: CardRow
    card: Card
    program: Program


class CardReader:
    """Reads cards of any program; a version applied by another process is found by the snapshot itself, not by waiting for news of it."""

    def __init__(self, database: Database, programs: Programs, vault: PersonVault) -> None:
        self.database, self._programs, self._vault = database, programs, vault

    async def read(self, key: PassKey, now: datetime) -> CardRead | None:
        """None when there is no such pass."""
        applied = self._programs.current(key.program_id)
        while True:
            program = applied.program
            anniversary = await self._year_begins_on(key, program)
            windows = tier_windows(program, now, anniversary)
            row = await store.load_card(self.database.pool, key, now, now + EXPIRING_WITHIN, windows)
            if row is None:
                return None
            if row.program_version == applied.version:
                return CardRead(row, make_card(row, program, windows, now, anniversary, self._zone(row, program)), program)
            applied = await self._programs.at(key.program_id, row.program_version)

    def _zone(self, row: CardRow, program: Program) -> ZoneInfo:
        """The clock on the member's own wall, else the program's."""
        if row.time_zone is None:
            return program.zone
        known = self._vault.opened(row.key.program_id, row.key.member_id, {**dict.fromkeys(COLUMNS), "time_zone": row.time_zone})
        return ZoneInfo(known.time_zone) if known.time_zone else program.zone

    async def _year_begins_on(self, key: PassKey, program: Program) -> date | None:
        """The local day whose anniversaries begin the member's own year, asked only where there are such years."""
        if program.tiers is None or not program.tiers.has_own_years:
            return None
        days = await store.year_days(self.database.pool, key)
        if days is None:
            return None
        enrolled_at, own = days
        return own if own is not None and program.tiers.period.kind == "member_year" else program.local_day(enrolled_at)


def make_card(
    row: CardRow, program: Program, windows: tuple[WindowKey, ...], now: datetime, anniversary: date | None, zone: ZoneInfo
) -> Card:
    """Put the member's row and the program's words together; dates are days on the wall of `zone`."""
    held = {unit: CardBalance(unit, available, pending, _days(moments, zone)) for unit, available, pending, moments in row.balances}
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
        message=_message(row),
    )


def _message(row: CardRow) -> CardMessage | None:
    return None if row.message is None else CardMessage(**{**row.message, "elsewhere": tuple(row.message["elsewhere"])})


def _days(moments: Iterable[tuple[datetime, int]], zone: ZoneInfo) -> tuple[tuple[date, int], ...]:
    days: Counter[date] = Counter()
    for moment, quantity in moments:
        days[last_day(moment, zone)] += quantity
    return tuple(sorted(days.items()))[:EXPIRING_DATES]


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
