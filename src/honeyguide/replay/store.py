"""When a replay began, and what the books hold after it: typed functions over replay.sql."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.replay.plan import Draws
from honeyguide.replay.state import MemberState, UnitState

_SQL = statements(__package__, "replay.sql")


class PlayedOtherwise(Exception):
    """The message says how it was played and how to go on."""


async def begin_replay(executor: Executor, program_id: UUID, name: str, shift_days: int, draws: Draws, now: datetime) -> int:
    """The shift of the first start, which is this one when there was none; of two that start at once one wins.

    Raises PlayedOtherwise where the first start drew otherwise: what follows from a basket would be posted twice, differently.
    """
    await executor.execute(_SQL["begin_replay"], program_id, name, shift_days, draws.refunds, draws.redemptions, draws.seed, now)
    kept = await executor.fetchrow(_SQL["begun_replay"], program_id, name)
    assert kept is not None
    first = Draws(kept["refunds"], kept["redemptions"], kept["seed"])
    if not first.same_as(draws):
        raise PlayedOtherwise(
            f"on {kept['started_at']:%Y-%m-%d} these purchases were first played {first}, and cannot be played or checked {draws} now:"
            f" go on with `{first.as_options}`, or play them in an empty database"
        )
    return int(kept["shift_days"])


async def members_of(executor: Executor, program_id: UUID, receipts: Mapping[int, str]) -> dict[int, UUID]:
    """Household -> member, by one receipt of each household."""
    rows = await executor.fetch(_SQL["members_by_reference"], program_id, list(receipts), list(receipts.values()))
    return {row["household"]: row["member_id"] for row in rows}


async def states_in_books(executor: Executor, program_id: UUID, now: datetime) -> dict[UUID, MemberState]:
    """Every member as the tables have him, with the dates as they are now."""
    by_date: defaultdict[tuple[UUID, str], dict[date | None, int]] = defaultdict(dict)
    for row in await executor.fetch(_SQL["lots_in_books"], program_id):
        by_date[row["member_id"], row["unit"]][row["expires_on"]] = row["amount"]
    units: defaultdict[UUID, dict[str, UnitState]] = defaultdict(dict)
    for row in await executor.fetch(_SQL["balances_in_books"], program_id, now):
        member_id, unit, debt = row["member_id"], row["unit"], row["debt"]
        state = UnitState(row["posted"], row["open"] - debt, row["pending"], row["held"], debt, by_date[member_id, unit])
        if state != UnitState():
            units[member_id][unit] = state
    standings = await executor.fetch(_SQL["standings_in_books"], program_id)
    return {row["member_id"]: MemberState(row["tier"], row["qualifying"], units[row["member_id"]]) for row in standings}
