"""What a call to Google came to; the delivery worker acts on it and nothing here raises for what Google or the network does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ClassReady:
    """The class takes objects. `review_status` REJECTED still does, but operators should read it (G3)."""

    class_id: str
    review_status: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Google has the body. `has_users`: somebody saved the pass, None where Google was not asked; `notified`: it asked to notify (G7)."""

    has_users: bool | None = None
    notified: bool = False


@dataclass(frozen=True, slots=True)
class Superseded:
    """A newer version of the object was sent or waits to be; this one is dropped (G6)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Sending it again would be refused again: raise an alarm. `reason` is Google's word and carries no body."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again later, after `after` when Google named a time. `unsent`: Google did certainly not act on it."""

    reason: str
    after: timedelta | None = None
    unsent: bool = False


ClassOutcome = ClassReady | Refused | Retry
SendOutcome = Sent | Superseded | Refused | Retry
