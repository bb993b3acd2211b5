"""Which tills are unlike the others of their partner, and by which figure: where to look first, no proof of anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.programs.program import Program

LONGEST = timedelta(days=31)
MOST_TILLS = 100
FEWEST_POSTS = 10  # of a till, for its shares to mean something
FEWEST_PEERS = 4
SMALLEST_SPREAD = 20  # thousandths
FAR = 5  # spreads away from the median
ROUND = 10  # in the program's currency
_SQL = statements(__package__, "odd_tills.sql")


@dataclass(frozen=True, slots=True)
class OddFigure:
    """`share` and the peers' `median` in thousandths of `total`: posts, or of POINTS minor units of points by those of money."""

    name: str
    hits: int
    total: int
    share: int
    median: int


@dataclass(frozen=True, slots=True)
class OddTill:
    """An empty `location` or `cashier`: the posts that name none."""

    partner_id: UUID
    location: str
    cashier: str
    purchases: int
    redemptions: int
    reversals: int
    figures: tuple[OddFigure, ...]


async def odd_tills(executor: Executor, program_id: UUID, program: Program, since: datetime, until: datetime, most: int) -> list[OddTill]:
    """What was posted from `since` and before `until`, at most LONGEST apart; the oddest first. The cost is that of all posts since then."""
    rows = await executor.fetch(
        _SQL["odd_tills"],
        program_id,
        first_id(since),
        since,
        min(until, since + LONGEST),
        min(most, MOST_TILLS),
        program.time_zone,
        ROUND * 10**program.currency_decimals,
        FEWEST_POSTS,
        SMALLEST_SPREAD,
        FEWEST_PEERS,
        FAR,
    )
    return [
        OddTill(
            row["partner_id"],
            row["location"],
            row["cashier"],
            row["purchases"],
            row["redemptions"],
            row["reversals"],
            tuple(map(OddFigure, row["names"], row["hits"], row["totals"], row["shares"], row["medians"])),
        )
        for row in rows
    ]


def first_id(since: datetime) -> UUID:
    """No transaction of that moment has a smaller id: UUIDv7 begins with its milliseconds; a day for clocks that differ."""
    return UUID(int=max(int((since - timedelta(days=1)).timestamp() * 1000), 0) << 80)
