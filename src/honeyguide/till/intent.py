"""An intent: one write that somebody wants, with a pure decision on the locked state of one member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.till.outcomes import Decision, Refusal


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key in the scope of who sent it, with the hash of operation and input (R1).

    `older`: the same hash under secrets of before, for a claim that was made with one.
    """

    scope: str
    key: str
    request_hash: bytes
    older: tuple[bytes, ...] = ()

    def same_request(self, request_hash: bytes | None) -> bool:
        return request_hash == self.request_hash or request_hash in self.older


@dataclass(frozen=True, slots=True)
class Reference:
    """A partner's own number for a business event; the scope holds partner, location, business date and kind (R2)."""

    scope: str
    key: str


@dataclass(frozen=True, slots=True)
class Reads:
    """What an intent needs to see: counters by (name, period), counter rows from a period on by (name, period), lots with open holds.

    `holds` whatever their state; `past`: what became of these transactions; `expired_since`: lots that expired from then on;
    `burner`: who redeems, so that it is known whether he is frozen.
    """

    counters: tuple[tuple[str, str], ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    lots: bool = False
    holds: tuple[UUID, ...] = ()
    past: tuple[UUID, ...] = ()
    expired_since: datetime | None = None
    burner: UUID | None = None

    @property
    def rows_from(self) -> str | None:
        """The first period from which some range is read; None where none is."""
        return min((period for _, period in self.ranges), default=None)


class Intent(Protocol):
    """Frozen; `decide` is pure. A transaction id made beforehand lets claims name what they will have caused."""

    @property
    def program_id(self) -> UUID: ...
    @property
    def member_id(self) -> UUID: ...
    @property
    def transaction_id(self) -> UUID: ...
    @property
    def key(self) -> Key | None: ...
    @property
    def reference(self) -> Reference | None: ...
    @property
    def reads(self) -> Reads: ...
    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal: ...


@dataclass(frozen=True, slots=True)
class TakingOver:
    """An intent whose key and reference were claimed when it was parked: posted, it takes both over; refused, they stay as they are."""

    intent: Intent
    parked: str  # what the claims' outcome names

    @property
    def program_id(self) -> UUID:
        return self.intent.program_id

    @property
    def member_id(self) -> UUID:
        return self.intent.member_id

    @property
    def transaction_id(self) -> UUID:
        return self.intent.transaction_id

    @property
    def key(self) -> Key | None:
        return self.intent.key

    @property
    def reference(self) -> Reference | None:
        return self.intent.reference

    @property
    def reads(self) -> Reads:
        return self.intent.reads

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        return self.intent.decide(books, now)
