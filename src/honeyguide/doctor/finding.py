"""What a check found, and what it may look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from honeyguide.database import Connection
from honeyguide.egress import Egress
from honeyguide.settings import Settings


class Level(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    FAILURE = "failure"
    UNCHECKED = "unchecked"  # not to be known from here, which is nobody's fault


@dataclass(frozen=True, slots=True)
class Finding:
    """`says` is a fact and never quotes a secret; `do` is the next step."""

    level: Level
    says: str
    do: str = ""


def good(says: str) -> Finding:
    return Finding(Level.GOOD, says)


def warning(says: str, do: str) -> Finding:
    return Finding(Level.WARNING, says, do)


def failure(says: str, do: str) -> Finding:
    return Finding(Level.FAILURE, says, do)


def unchecked(says: str, do: str) -> Finding:
    return Finding(Level.UNCHECKED, says, do)


@dataclass(frozen=True, slots=True)
class Examined:
    """`settings` as they were given, nothing made up; `database` None where there is none yet or it does not answer, as `trouble` tells."""

    settings: Settings
    now: datetime
    egress: Egress
    database: Connection | None = field(default=None, repr=False)
    database_url: str | None = field(default=None, repr=False)
    trouble: str = ""


Check = Callable[[Examined], Awaitable[Sequence[Finding]]]
