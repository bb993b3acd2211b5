"""What the operator's API says after a replay: tiers, passes, and whether the books are sound."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from honeyguide.replay.api import Api
from honeyguide.replay.documents import BOOKS, DELIVERY, TIERS

# How long passes have to catch up.
CHECKS, CHECK_SECONDS = 30, 0.5
# The proof reads all books there are, and the server gives it as long.
PROOF_SECONDS = 3_600.0
_NO_TIER = "no tier"


@dataclass(frozen=True, slots=True)
class Figures:
    """`tiers`: name -> members, lowest first; `broken`: the rules of the books that a row breaks, of which there are none."""

    transactions: int
    broken: tuple[str, ...]
    tiers: dict[str, int]
    passes_stale: int
    passes_pushed: int
    pushes_failed: int


async def figures(operator: Api) -> Figures:
    """Asked once the passes have caught up, or have had their time."""
    await _passes_caught_up(operator)
    tiers = await _tiers(operator)
    data = await operator.ask(BOOKS, seconds=PROOF_SECONDS)
    books, delivery = data["conservation"], data["passDelivery"]
    return Figures(
        transactions=int(books["transactions"]),
        broken=tuple(f"{row['rule']}: {row['detail']}" for row in books["brokenRows"]),
        tiers=tiers,
        passes_stale=delivery["stale"],
        passes_pushed=delivery["pushedLastHour"],
        pushes_failed=delivery["failedLastHour"],
    )


async def _passes_caught_up(operator: Api) -> None:
    for _ in range(CHECKS):
        if not (await operator.ask(DELIVERY))["passDelivery"]["stale"]:
            return
        await asyncio.sleep(CHECK_SECONDS)


async def _tiers(operator: Api) -> dict[str, int]:
    counted: Counter[tuple[int, str]] = Counter()
    after: str | None = None
    while True:
        page = (await operator.ask(TIERS, {"after": after}))["members"]
        for edge in page["edges"]:
            tier = (edge["node"]["tier"] or {}).get("tier")
            counted[(tier["rank"], tier["name"]) if tier else (-1, _NO_TIER)] += 1
        if not page["pageInfo"]["hasNextPage"]:
            return {name: count for (_, name), count in sorted(counted.items())}
        after = page["pageInfo"]["endCursor"]
