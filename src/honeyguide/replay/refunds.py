"""How one purchase comes back: whole, by amount or by lines, in one part or several; pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from honeyguide.replay.acts import Refund
from honeyguide.replay.journey import BasketLine
from honeyguide.replay.posts import Post

MOST_PARTS = 3
MOST_LINES = 3
_WAYS = ("whole", "amounts", "lines", "mixed")


def refunds_of(post: Post, seed: int, chance: random.Random, latest: datetime) -> list[Refund]:
    """The returns of one purchase in order of time, none of them later than `latest`; together at most the purchase."""
    way = chance.choices(_WAYS, weights=(25, 25, 30, 20))[0]
    left, at = _Left(post), post.occurred_at
    refunds: list[Refund] = []
    for _ in range(1 if way == "whole" else chance.randint(1, MOST_PARTS)):
        by = chance.choice(("amounts", "lines", "whole")) if way == "mixed" and refunds else way
        part = left.part(by, chance)
        if part is None:
            break
        at = min(at + timedelta(minutes=chance.randint(6 * 60, 10 * 24 * 60)), latest)
        cents, whole, lines = part
        number = len(refunds) + 1
        refunds.append(
            Refund(post.partner, post.household, post.basket.basket_id, post.basket.store, seed, at, number, cents, whole, lines)
        )
        if whole:
            break
    return refunds


class _Left:
    """What has not come back yet of a purchase and of each of its lines."""

    def __init__(self, post: Post) -> None:
        self._cents = post.cents
        self._lines = {line.number: (line.quantity, line.cents) for line in post.lines if line.quantity > 0 and line.cents > 0}
        self._whole_lines: Mapping[int, BasketLine] = {line.number: line for line in post.lines}

    def part(self, way: str, chance: random.Random) -> tuple[int, bool, dict[int, tuple[int, int]] | None] | None:
        """Cents, whether all that is left, and lines; None where nothing is left to return so."""
        if not self._cents:
            return None
        if way == "whole":
            cents, self._cents = self._cents, 0
            return cents, True, None
        if way == "lines":
            lines = dict(self._some_lines(chance))
            cents = sum(paid for _, paid in lines.values())
            self._cents -= cents
            return (cents, False, lines) if lines else None
        cents = chance.randint(1, self._cents)
        self._cents -= cents
        return cents, False, None

    def _some_lines(self, chance: random.Random) -> Iterator[tuple[int, tuple[int, int]]]:
        budget = self._cents  # amounts that named no line may have taken their share
        chosen = chance.sample(sorted(self._lines), min(len(self._lines), chance.randint(1, MOST_LINES)))
        for number in chosen:
            quantity, cents = self._lines[number]
            if quantity > 1 and chance.random() < 0.5:
                taken = chance.randint(1, quantity - 1)
                paid = min(self._whole_lines[number].cents * taken // self._whole_lines[number].quantity, cents)
            else:
                taken, paid = quantity, cents
            if not 0 < paid <= budget:
                continue
            budget -= paid
            self._lines[number] = (quantity - taken, cents - paid)
            if taken == quantity:
                del self._lines[number]
            yield number, (taken, paid)
