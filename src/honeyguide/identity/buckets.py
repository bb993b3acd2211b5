"""Token buckets by name: how often an address may try to sign in, how often a credential may name nobody."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

MOST_BUCKETS = 10_000


class Buckets:
    """One bucket a name, full at first; the least used are forgotten, which only ever gives somebody a full bucket."""

    def __init__(self, capacity: float, refill_per_second: float, monotonic: Callable[[], float], most: int = MOST_BUCKETS) -> None:
        self._capacity = capacity
        self._refill = refill_per_second
        self._monotonic = monotonic
        self._most = most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> float:
        """Seconds until one may be taken; 0 is now. Takes nothing."""
        return max(0.0, (1 - self._level(name)) / self._refill)

    def take(self, name: str, amount: float = 1) -> float:
        """Take and give 0, or take nothing and give the seconds until one may be taken; a bucket may go below zero by what was taken."""
        wait = self.wait(name)
        if wait == 0:
            self.owe(name, amount)
        return wait

    def owe(self, name: str, amount: float = 1) -> None:
        """Take whatever is left: what is found out only afterwards, of many at once too. A negative amount puts back what need not have been taken."""
        self._levels[name] = (self._level(name) - amount, self._monotonic())
        self._levels.move_to_end(name)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)

    def _level(self, name: str) -> float:
        level, at = self._levels.get(name, (self._capacity, 0.0))
        return min(self._capacity, level + (self._monotonic() - at) * self._refill)


def address_name(address: str | None) -> str:
    """Who shares a bucket: one IPv4 address, one IPv6 /64 (a customer of a provider has at least that many)."""
    try:
        parsed = ip_address((address or "").split("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
