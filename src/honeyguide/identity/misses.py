"""The miss budget: how often a caller may name nobody, so that members cannot be found by trying names."""

from __future__ import annotations

from collections.abc import Callable

from honeyguide.caller import Caller
from honeyguide.identity.buckets import Buckets, address_name

# A till mistypes now and then; a batch of an offline day may hold many strangers at once. A list of a million addresses takes weeks.
MISSES_AT_ONCE = 1_000
MISSES_PER_SECOND = 0.5


class MissBudget:
    """By credential and by address: a leaked credential cannot try from many places, nor one place with many credentials."""

    def __init__(self, monotonic: Callable[[], float], at_once: float = MISSES_AT_ONCE, per_second: float = MISSES_PER_SECOND) -> None:
        self._buckets = Buckets(at_once, per_second, monotonic)

    def wait(self, caller: Caller, address: str | None) -> float:
        """Seconds until the caller may look up again; 0 is now. Ask before every lookup, also of those who would be found."""
        return max(self._buckets.wait(name) for name in _names(caller, address))

    def missed(self, caller: Caller, address: str | None, count: int) -> None:
        """So many lookups of this request found nobody."""
        if count:
            for name in _names(caller, address):
                self._buckets.owe(name, count)  # who asked many at once, while there was one left, waits for all of them


def _names(caller: Caller, address: str | None) -> tuple[str, str]:
    return f"credential {caller.credential_id or caller.scope}", f"address {address_name(address)}"


def look_budget(monotonic: Callable[[], float], an_hour: int) -> Buckets:
    """How many members an agent may look at: an hour's worth at once, then one at a time."""
    return Buckets(an_hour, an_hour / 3600, monotonic)


def code_tries(monotonic: Callable[[], float]) -> Buckets:
    """How often a card may be named with a wrong rotating code: five at once, five a minute. A hundred years of that guess none."""
    return Buckets(5, 5 / 60, monotonic)


def export_wishes(monotonic: Callable[[], float]) -> Buckets:
    """How many links to his data a member may ask for: ten at once, ten an hour; each is a second of work, or many."""
    return Buckets(10, 10 / 3600, monotonic)


def pin_tries(monotonic: Callable[[], float]) -> Buckets:
    """How many wrong PINs a credential may send, whoever's: who tries the same few on many members is stopped here, not by their locks."""
    return Buckets(50, 1 / 20, monotonic)
