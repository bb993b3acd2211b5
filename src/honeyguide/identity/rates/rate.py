"""What a caller may cost: so much at once, so much each second; and whose bucket it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from honeyguide.caller import Audience, Caller

# A process leases this part of a bucket at a time, and asks ahead when this part of a share is left.
_SHARES = 20
_LOW_WATER = 4


@dataclass(frozen=True, slots=True)
class Rate:
    """`capacity` at once, `restore` a second, `largest` for one request."""

    capacity: int
    restore: int
    largest: int

    @property
    def share(self) -> int:
        return max(1, self.capacity // _SHARES)

    @property
    def low_water(self) -> int:
        return self.share // _LOW_WATER

    @property
    def window(self) -> int:
        """Seconds in which an empty bucket is full again, rounded up."""
        return -(-self.capacity // self.restore)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Of one caller; `key` names it in the database and names nobody."""

    key: bytes
    rate: Rate


@dataclass(frozen=True, slots=True)
class Empty:
    """Not now; `wait` seconds make another try worth it, rounded up."""

    wait: int


@lru_cache(maxsize=10_000)
def bucket_of(caller: Caller, rate: Rate) -> Bucket:
    """A member has one, however often he is signed in; of partners and operators' machines each credential, of a person each person."""
    who = caller.subject if caller.audience is Audience.MEMBER else caller.credential_id or caller.subject
    text = f"{caller.audience}:{caller.program_id}:{who}"
    return Bucket(blake2b(text.encode(), digest_size=16).digest(), rate)
