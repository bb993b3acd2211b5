"""Compares the books after a replay with the model: every member, every figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx

from honeyguide.database import Database, running_database
from honeyguide.replay.access import Access
from honeyguide.replay.acts import Act
from honeyguide.replay.api import Api
from honeyguide.replay.journey import Basket, Journey
from honeyguide.replay.model import Member
from honeyguide.replay.plan import Draws, acts_of, items_of
from honeyguide.replay.state import OPERATOR, Difference, MemberState, differences
from honeyguide.replay.store import members_of, states_in_books
from honeyguide.replay.told import states_told
from honeyguide.settings import Settings


@dataclass(frozen=True, slots=True)
class Totals:
    """By unit, over all members of the model."""

    posted: Mapping[str, int]
    debt: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Checked:
    equal: int
    totals: Totals
    differences: tuple[Difference, ...] = field(repr=False)


async def check_books(
    settings: Settings, access: Access, journey: Journey, baskets: Sequence[Basket], shift_days: int, draws: Draws
) -> Checked:
    """Opens the database of the settings; the replay must be complete, and nothing else played."""
    told = None
    if access.operator_token is not None:
        async with httpx.AsyncClient() as http:
            told = await states_told(Api(http, access.url, "operator", token=access.operator_token))
    async with running_database(settings) as addresses:
        database = await Database.open(addresses.application, pool_size=2)
        try:
            return await compare(database, access.program_id, journey, baskets, shift_days, draws, told)
        finally:
            await database.close()


async def compare(
    database: Database,
    program_id: UUID,
    journey: Journey,
    baskets: Sequence[Basket],
    shift_days: int,
    draws: Draws,
    told: Mapping[int, MemberState] | None = None,
) -> Checked:
    """The tables as they are, and what the operator was told, against the model."""
    first = {basket.household: str(basket.basket_id) for basket in reversed(baskets)}
    members = await members_of(database.pool, program_id, first)
    now = datetime.now(UTC)
    books = await states_in_books(database.pool, program_id, now)
    found: list[Difference] = []
    totals: tuple[defaultdict[str, int], defaultdict[str, int]] = (defaultdict(int), defaultdict(int))
    equal = 0
    by_household = _by_household(journey, baskets, shift_days, draws)
    for household, (own, acts) in by_household.items():
        member = Member(now)
        member.take(items_of(journey, own, acts, shift_days))
        state = member.state()
        for unit, has in state.units.items():
            totals[0][unit] += has.posted
            totals[1][unit] += has.debt
        different = list(differences(household, state, _state(books, members.get(household))))
        if told is not None:
            different += differences(household, state, told.get(household), OPERATOR)
        found += different
        equal += not different
    return Checked(equal, Totals(*map(dict, totals)), tuple(found))


def _by_household(journey: Journey, baskets: Sequence[Basket], shift_days: int, draws: Draws) -> dict[int, tuple[list[Basket], list[Act]]]:
    grouped: dict[int, tuple[list[Basket], list[Act]]] = {}
    for basket in baskets:
        grouped.setdefault(basket.household, ([], []))[0].append(basket)
    for act in acts_of(journey, baskets, shift_days, draws):
        grouped[act.household][1].append(act)
    return grouped


def _state(books: Mapping[UUID, MemberState], member_id: UUID | None) -> MemberState | None:
    return books.get(member_id) if member_id is not None else None
