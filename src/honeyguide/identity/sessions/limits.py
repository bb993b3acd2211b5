"""How often: each limit ends by itself, and none is so small that a shop's or a mobile network's one address meets it by day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from honeyguide.identity.buckets import Buckets

CODES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """By the address that asks: `wrong` answers, `codes` asked for, anonymous `cards`. By member: `changes` of an e-mail address."""

    wrong: Buckets  # only what was wrong is counted: behind one address of a mobile network are thousands of phones whose tokens are good
    codes: Buckets
    cards: Buckets
    changes: Buckets

    @classmethod
    def of(cls, monotonic: Callable[[], float]) -> SignInLimits:
        return cls(
            wrong=Buckets(30, 0.5, monotonic),
            codes=Buckets(CODES_AT_ONCE, 0.1, monotonic),
            cards=Buckets(10, 1 / 60, monotonic),
            changes=Buckets(5, 1 / 600, monotonic),
        )
