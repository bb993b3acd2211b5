"""Which baskets come back in part, and when points are redeemed: drawn from a seed, the same in every run; pure."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from honeyguide.replay.acts import Act, Authorization, Capture, GiveBack, Redemption, Refund
from honeyguide.replay.journey import Basket, Journey
from honeyguide.replay.posts import FUEL, PARTNERS, Post, posts_of
from honeyguide.replay.refunds import refunds_of

# The demo's program lets a member's number alone redeem so many points a day, and a replay is one day at the server.
MOST_REDEEMED = 500
LEAST_REDEEMED = 20
# What 100 dollars give in the end, with tiers, fruit and big baskets; a draw needs no more than about that.
POINTS_FOR_100_DOLLARS = 145


@dataclass(frozen=True, slots=True)
class Draws:
    """So many per cent of the baskets come back in part; so many per cent of the points are redeemed."""

    refunds: int = 0
    redemptions: int = 0
    seed: int = 0

    @property
    def nothing(self) -> bool:
        return not self.refunds and not self.redemptions

    def same_as(self, other: Draws) -> bool:
        """Where nothing is drawn, the seed says nothing."""
        return self == other or (self.nothing and other.nothing)

    @property
    def as_options(self) -> str:
        """Of the command."""
        amounts = f"--refunds {self.refunds} --redemptions {self.redemptions}"
        return amounts if self.nothing else f"{amounts} --seed {self.seed}"

    def __str__(self) -> str:
        if self.nothing:
            return "without returns and redemptions"
        return f"with {self.refunds} % returns, {self.redemptions} % redemptions and seed {self.seed}"


def acts_of(journey: Journey, baskets: Sequence[Basket], shift_days: int, draws: Draws) -> list[Act]:
    """All acts that follow from these baskets; what follows from one basket does not depend on which others are played with it, but
    for redemptions, which depend on those of the household before it."""
    if draws.nothing:
        return []
    by_household: defaultdict[int, list[Basket]] = defaultdict(list)
    for basket in baskets:
        by_household[basket.household].append(basket)
    latest = journey.last + timedelta(days=shift_days)
    return [act for own in by_household.values() for act in _of_household(journey, own, shift_days, draws, latest)]


def items_of(journey: Journey, baskets: Iterable[Basket], acts: Iterable[Act], shift_days: int) -> Iterator[Post | Act]:
    """Posts and acts in order of time, an act after the basket of the same moment; lines are made as they are asked for."""
    shift = timedelta(days=shift_days)
    merged: list[tuple[datetime, int, int, Basket | Act]] = [(one.at + shift, 0, n, one) for n, one in enumerate(baskets)]
    merged += [(one.occurred_at, 1, n, one) for n, one in enumerate(acts)]
    for _, _, _, item in sorted(merged, key=lambda row: row[:3]):
        if isinstance(item, Basket):
            yield from posts_of(item, journey.lines(item), shift_days)
        else:
            yield item


def _of_household(journey: Journey, baskets: Sequence[Basket], shift_days: int, draws: Draws, latest: datetime) -> Iterator[Act]:
    purse = _Purse(draws, latest)
    for basket in baskets:
        chance = random.Random(f"{draws.seed}/{basket.basket_id}")  # noqa: S311 - a draw that must come again
        comes_back = chance.random() * 100 < draws.refunds
        posts = posts_of(basket, journey.lines(basket), shift_days) if comes_back else ()
        post = chance.choice(posts) if posts else None
        refunds = refunds_of(post, draws.seed, chance, latest) if post is not None and post.cents else []
        yield from refunds
        purse.earn(journey, basket, shift_days, refunds)
        yield from purse.redeem(basket, chance, likely=bool(refunds))


class _Purse:
    """What a household can redeem for sure: a point for each whole dollar of what it did not return, less what it redeemed."""

    def __init__(self, draws: Draws, latest: datetime) -> None:
        self._draws, self._latest = draws, latest
        self._now = latest
        self._earned = self._redeemed = self._balance = self._reserved = 0
        self._later: list[tuple[datetime, int]] = []

    def earn(self, journey: Journey, basket: Basket, shift_days: int, refunds: Sequence[Refund]) -> None:
        self._now = basket.at + timedelta(days=shift_days)
        self._balance += sum(points for at, points in self._later if at <= self._now)
        self._later = [row for row in self._later if row[0] > self._now]
        fuel, rest = (cents // 100 for cents in journey.cents_of(basket))
        self._earned += fuel + rest
        self._balance += fuel + rest
        if refunds:
            self._later.append((refunds[0].occurred_at, -(fuel if refunds[0].partner == FUEL else rest)))

    def redeem(self, basket: Basket, chance: random.Random, *, likely: bool) -> Iterator[Act]:
        """Now and then what is due of the balance, rarely all of it; more often after a basket that will come back: then debts arise."""
        if not self._draws.redemptions or chance.random() > (0.5 if likely else 0.15):
            return
        due = self._earned * POINTS_FOR_100_DOLLARS * self._draws.redemptions // 10_000 - self._redeemed
        wanted = self._balance if chance.random() < (0.5 if likely else 0.03) else due
        quantity = min(wanted, self._balance, MOST_REDEEMED - self._reserved)
        if quantity < LEAST_REDEEMED:
            return
        self._balance -= quantity
        self._reserved += quantity
        place = (chance.choice(PARTNERS), basket.household, basket.basket_id, basket.store, self._draws.seed)
        taken, at = quantity, self._now
        if chance.random() < 0.7:
            yield Redemption(*place, at, quantity)
        else:
            taken = chance.randint(1, quantity) if chance.random() < 0.5 else quantity
            yield Authorization(*place, at, quantity)
            at = self._after(chance, at, 48)
            yield Capture(*place, at, taken)
            self._later.append((at, quantity - taken))
        self._redeemed += taken
        if chance.random() < 0.15:
            at, back = self._after(chance, at, 120), chance.randint(1, taken)
            self._redeemed -= back
            yield GiveBack(*place, at, back)
            self._later.append((at, back))

    def _after(self, chance: random.Random, at: datetime, hours: int) -> datetime:
        return min(at + timedelta(minutes=chance.randint(1, hours * 60)), self._latest)
