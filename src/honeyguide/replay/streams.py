"""Which posts go together in one call, so that calls are large and no member's purchases overtake each other; pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from honeyguide.replay.acts import ACTS, Act
from honeyguide.replay.journey import Basket
from honeyguide.replay.posts import PARTNERS, Post

Item = TypeVar("Item", bound=Post | Act)

LANES = (*PARTNERS, ACTS)
MOST_POSTS = 500  # the API takes no more in one call
MOST_LINES = 12_000  # some 1.1 MB of JSON; the API takes 2 MB


def streams_of(baskets: Iterable[Basket], count: int) -> list[list[Basket]]:
    """Deal whole households out to streams, so that streams may run side by side; each stays in order of time."""
    streams: list[list[Basket]] = [[] for _ in range(count)]
    place: dict[int, int] = {}
    for basket in baskets:
        streams[place.setdefault(basket.household, len(place) % count)].append(basket)
    return [stream for stream in streams if stream]


def calls_of(items: Iterable[Item], most_posts: int = MOST_POSTS, most_lines: int = MOST_LINES) -> Iterator[list[Item]]:
    """The calls of one stream, to be made one after the other: each is one partner's posts, or acts, in order of time.

    A call passes over a household from its first item of another kind on; what is passed over leads the next calls.
    """
    source = iter(items)
    waiting: deque[Item] = deque()
    while True:
        # Enough to look at for both partners' calls; fuel is one post in twelve.
        waiting.extend(islice(source, max(0, 2 * most_posts - len(waiting))))
        if not waiting:
            return
        for lane in LANES:
            call = _take(waiting, lane, most_posts, most_lines)
            if call:
                yield call


def _take(waiting: deque[Item], lane: str, most_posts: int, most_lines: int) -> list[Item]:
    taken: list[Item] = []
    left: list[Item] = []
    passed_over: set[int] = set()
    lines = 0
    for item in waiting:
        full = len(taken) == most_posts or (taken and lines + item.size > most_lines)
        if full or item.lane != lane or item.household in passed_over:
            passed_over.add(item.household)
            left.append(item)
        else:
            lines += item.size
            taken.append(item)
    waiting.clear()
    waiting.extend(left)
    return taken
