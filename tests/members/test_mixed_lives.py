"""Merges, households, transfers, purchases, redemptions and returns in a random order: nothing vanishes, appears or is lost on its way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.people import call_of, sound
from builders.shop import HANDLE_KEY, Shop, a_purchase, a_redemption
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.handing_over import sweep_handovers
from honeyguide.members.household import Invited, invite_to_household, set_may_burn
from honeyguide.members.households import membership
from honeyguide.members.invitation import invitation_key
from honeyguide.members.join_household import FoundRequest, JoinRequest, found_household, join_household
from honeyguide.members.leave_household import LeaveRequest, leave_household
from honeyguide.members.merge_members import MergeRequest, merge_members
from honeyguide.members.pooling import sweep_earnings, sweep_stranded
from honeyguide.members.unmerge_members import UnmergeRequest, unmerge_members
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ById, ByQuantity, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.transfer_points import TransferRequest, transfer_points

KEY = invitation_key(HANDLE_KEY)
EVERYTHING = {"buy", "burn", "bring_back", "give_back", "merge", "unmerge", "share", "leave", "transfer", "wait"}


@dataclass
class Lives:
    shop: Shop
    chance: random.Random
    people: list[UUID] = field(default_factory=list)
    purchases: list[tuple[str, Recorded]] = field(default_factory=list)
    redemptions: list[Recorded] = field(default_factory=list)
    merges: list[Recorded] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)

    def one(self) -> UUID:
        return self.chance.choice(self.people)

    async def buy(self) -> bool:
        partner = self.chance.choice(("grocer", "fuel"))
        request = a_purchase(await self.shop.lookup(self.one()), f"{self.chance.randint(1, 200)}.00", occurred_at=self.shop.clock())
        outcome = await post_transaction(self.shop.desk(partner), request)
        if isinstance(outcome, Posted):
            self.purchases.append((partner, outcome.recorded))
        return isinstance(outcome, Posted)

    async def burn(self) -> bool:
        request = a_redemption(await self.shop.lookup(self.one()), str(self.chance.randint(1, 90)))
        outcome = await redeem(self.shop.desk(), request)
        if isinstance(outcome, Posted):
            self.redemptions.append(outcome.recorded)
        return isinstance(outcome, Posted)

    async def bring_back(self) -> bool:
        if not self.purchases:
            return False
        partner, bought = self.purchases.pop(self.chance.randrange(len(self.purchases)))
        return await self._reverse(partner, bought, Whole())

    async def give_back(self) -> bool:
        if not self.redemptions:
            return False
        return await self._reverse("grocer", self.chance.choice(self.redemptions), ByQuantity(Decimal(self.chance.randint(1, 5))))

    async def _reverse(self, partner: str, of: Recorded, what: Any) -> bool:
        request = ReverseRequest(str(uuid4()), ById(of.member_id, of.transaction_id), str(uuid4()), what)
        return isinstance(await reverse_transaction(self.shop.desk(partner), request), Reversed)

    async def merge(self) -> bool:
        lookups = [await self.shop.lookup(self.one()) for _ in range(2)]
        outcome = await merge_members(call_of(self.shop), MergeRequest(str(uuid4()), *lookups, self.chance.random() < 0.5, "x"))
        if isinstance(outcome, Posted):
            self.merges.append(outcome.recorded)
        return isinstance(outcome, Posted)

    async def unmerge(self) -> bool:
        if not self.merges:
            return False
        merge = self.chance.choice(self.merges)
        outcome = await unmerge_members(call_of(self.shop), UnmergeRequest(str(uuid4()), merge.member_id, merge.transaction_id, "x"))
        return isinstance(outcome, Posted)

    async def share(self) -> bool:
        owner, other = self.one(), self.one()
        await found_household(call_of(self.shop, owner), FoundRequest(str(uuid4())))
        invited = await invite_to_household(call_of(self.shop, owner), KEY)
        if not isinstance(invited, Invited):
            return False
        joined = await join_household(call_of(self.shop, other), JoinRequest(str(uuid4()), invited.token), KEY)
        if self.chance.random() < 0.5:
            await set_may_burn(call_of(self.shop, owner), other, True)
        return isinstance(joined, Posted)

    async def leave(self) -> bool:
        members = [one for one in self.people if await membership(self.shop.database.pool, self.shop.applied.program_id, one)]
        if not members:
            return False
        outcome = await leave_household(call_of(self.shop, self.chance.choice(members)), LeaveRequest(str(uuid4())))
        return isinstance(outcome, Posted)

    async def transfer(self) -> bool:
        giver, receiver = [await self.shop.lookup(self.one()) for _ in range(2)]
        request = TransferRequest(str(uuid4()), giver, receiver, "points", Decimal(self.chance.randint(1, 50)), "a gift")
        return isinstance(await transfer_points(call_of(self.shop), request), Posted)

    async def wait(self) -> bool:
        self.shop.clock.move(days=self.chance.choice((1, 10, 20, 200)))
        return True

    async def go_on(self, steps: int) -> None:
        acts: list[Callable[[], Awaitable[bool]]] = [
            *[self.buy] * 4, self.burn, self.burn, self.bring_back, self.bring_back, self.give_back, self.merge, self.unmerge,
            self.share, self.leave, self.transfer, self.wait,
        ]  # fmt: skip
        for _ in range(steps):
            act = self.chance.choice(acts)
            if await act():
                self.done[act.__name__] = self.done.get(act.__name__, 0) + 1


@pytest.mark.parametrize("seed", [6, 12])  # lives in which everything happens that can
async def test_whatever_members_do_with_one_another_the_books_stay_sound(shop: Shop, seed: int):
    lives = Lives(shop, random.Random(seed))
    lives.people = [await shop.member() for _ in range(5)]

    for _ in range(4):
        await lives.go_on(20)
        await sweep_stranded(shop.till, shop.database, shop.applied)
        assert await sound(shop), lives.done

    assert lives.done.keys() == EVERYTHING


async def test_merges_among_purchases_and_redemptions_at_once_lose_nothing_and_never_deadlock(shop: Shop):
    lives = Lives(shop, random.Random(7))
    lives.people = [await shop.member() for _ in range(4)]
    await asyncio.gather(*(lives.buy() for _ in range(8)))

    for _ in range(3):
        acts = [lives.buy] * 8 + [lives.burn] * 4 + [lives.merge, lives.merge, lives.unmerge, lives.share, lives.leave, lives.bring_back]
        lives.chance.shuffle(acts)
        await asyncio.gather(*(act() for act in acts))

    assert await sweep_handovers(shop.till, shop.database, shop.applied, shop.clock()) == 0
    await sweep_earnings(shop.till, shop.database, shop.applied)
    await sweep_stranded(shop.till, shop.database, shop.applied)
    assert await sound(shop)
