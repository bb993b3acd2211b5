"""Which posts go together in one call, so that calls are large and no member's purchases overtake each other; pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from honeyguide.replay.journey import Basket
from honeyguide.replay.posts import PARTNERS, Post

MOST_POSTS = 500  # the API takes no more in one call
MOST_LINES = 12_000  # some 1.1 MB of JSON; the API takes 2 MB


def streams_of(baskets: Iterable[Basket], count: int) -> list[list[Basket]]:
    """Deal whole households out to streams, so that streams may run side by side; each stays in order of time."""
    streams: list[list[Basket]] = [[] for _ in range(count)]
    place: dict[int, int] = {}
    for basket in baskets:
        streams[place.setdefault(basket.household, len(place) % count)].append(basket)
    return [stream for stream in streams if stream]


def calls_of(posts: Iterable[Post], most_posts: int = MOST_POSTS, most_lines: int = MOST_LINES) -> Iterator[list[Post]]:
    """The calls of one stream, to be made one after the other: each is one partner's posts in order of time.

    A call passes over a household from its first post at the other partner on; what is passed over leads the next calls.
    """
    source = iter(posts)
    waiting: deque[Post] = deque()
    while True:
        # Enough to look at for both partners' calls; fuel is one post in twelve.
        waiting.extend(islice(source, max(0, 2 * most_posts - len(waiting))))
        if not waiting:
            return
        for partner in PARTNERS:
            call = _take(waiting, partner, most_posts, most_lines)
            if call:
                yield call


def _take(waiting: deque[Post], partner: str, most_posts: int, most_lines: int) -> list[Post]:
    taken: list[Post] = []
    left: list[Post] = []
    passed_over: set[int] = set()
    lines = 0
    for post in waiting:
        full = len(taken) == most_posts or (taken and lines + len(post.lines) > most_lines)
        if full or post.partner != partner or post.household in passed_over:
            passed_over.add(post.household)
            left.append(post)
        else:
            lines += len(post.lines)
            taken.append(post)
    waiting.clear()
    waiting.extend(left)
    return taken
