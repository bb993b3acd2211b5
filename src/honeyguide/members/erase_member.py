"""A person is forgotten (R41): nothing personal stays, the books keep their rows and their totals under an id that names nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from honeyguide.database import Connection
from honeyguide.ledger.books import closure_of, totals_of
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import post_erasure
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members import endings
from honeyguide.members.call import Call
from honeyguide.members.cards import erase_cards
from honeyguide.members.close_account import close
from honeyguide.members.endings import Erasure
from honeyguide.members.erasure_certificate import erasure_certificate
from honeyguide.members.freezes import erase_freezes
from honeyguide.members.pin import erase_pins
from honeyguide.members.recorded_now import recorded_now
from honeyguide.members.store import MemberStatus
from honeyguide.programs.current import Applied
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Posted, Refusal, Refused
from honeyguide.till.together import submit_together

OPERATION = "eraseMember"

# What the slices above hold of members: removed in the transaction of the erasure; how many of what.
Forget = Callable[[Connection, UUID, Sequence[UUID]], Awaitable[Mapping[str, int]]]


class ErasureReason(StrEnum):
    REQUESTED = "REQUESTED"
    RETENTION = "RETENTION"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class EraseMember:
    """What the operator sent; no words about the person, for the certificate keeps the reason."""

    idempotency_key: str
    member_id: UUID
    reason: ErasureReason


@dataclass(frozen=True, slots=True)
class ErasureIntent:
    """`with_him`: whom he took over, for they are the same person."""

    applied: Applied
    member_id: UUID
    transaction_id: UUID
    key: Key
    reason: ErasureReason
    by: str
    with_him: tuple[UUID, ...]
    forget: tuple[Forget, ...]
    approval: Mapping[str, str] = field(default_factory=dict)
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Mapping[UUID, Reads]:
        return {member_id: Reads(lots=True) for member_id in (self.member_id, *self.with_him)}

    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        persons = (self.member_id, *self.with_him)
        survivor = await endings.survivor_of(connection, self.program_id, self.member_id)
        if survivor is None or survivor.status is MemberStatus.ERASED:
            return Refusal("MEMBER_NOT_FOUND")
        before = await totals_of(connection, self.program_id, persons)
        removed = await self._remove(connection, persons, now)
        certificate = erasure_certificate(
            member_ids=persons,
            erased_at=now,
            erased_by=self.by,
            reason=self.reason,
            closure=await closure_of(connection, self.program_id, self.member_id),
            removed=removed,
            before=before,
            after=await totals_of(connection, self.program_id, persons),
        )
        await endings.insert_erasure(connection, self.program_id, Erasure(self.member_id, self.transaction_id, now, self.by, certificate))
        detail = {"reason": str(self.reason), "sha256": certificate["sha256"], **self.approval}
        others = [books[one] for one in self.with_him if one in books]
        return Decision(
            tuple(post_erasure(one, self._recorded(one, now), partial(_same, detail), now) for one in (*others, books[self.member_id]))
        )

    async def _remove(self, connection: Connection, persons: Sequence[UUID], now: datetime) -> dict[str, int]:
        removed: Counter[str] = Counter(
            await endings.erase_profiles(connection, self.program_id, persons, self.applied.program.default_locale, now)
        )
        removed["identifiers"] = await endings.erase_identifiers(connection, self.program_id, persons)
        removed["merges"] = await endings.erase_merges(connection, self.program_id, persons)
        removed["tier_years"] = await endings.erase_tier_years(connection, self.program_id, persons)
        removed["staff"] = await endings.erase_staff(connection, self.program_id, persons)
        removed["freezes"] = await erase_freezes(connection, self.program_id, persons)
        removed["cards"] = await erase_cards(connection, self.program_id, persons)
        removed["pins"] = await erase_pins(connection, self.program_id, persons)
        removed["households"] = await endings.leave_households(connection, self.program_id, persons, now)
        for forget in self.forget:
            removed.update(await forget(connection, self.program_id, persons))
        return dict(removed)

    def _recorded(self, books: MemberBooks, now: datetime) -> Recorded:
        mine = books.member_id == self.member_id
        transaction_id = self.transaction_id if mine else uuid5(self.transaction_id, str(books.member_id))
        return recorded_now(books, self.applied, transaction_id, TransactionKind.ERASURE, now)


async def erase_member(call: Call, request: EraseMember, forget: Sequence[Forget]) -> Outcome:
    """Answered by the ERASURE, whose id is the certificate's; MEMBER_NOT_FOUND also for who is erased already.

    First the account is closed, in a commit of its own where it is open: what dies between the two is taken up by the same key.
    """
    key = call.key(OPERATION, request)
    if (first := await first_answer(call.database.pool, call.program_id, key)) is not None:
        return first
    survivor = await endings.survivor_of(call.database.pool, call.program_id, request.member_id)
    if survivor is None or survivor.status is MemberStatus.ERASED:
        return Refused("MEMBER_NOT_FOUND", {}, replayed=False)
    if survivor.status is not MemberStatus.CLOSED:
        closed = await close(call, survivor.member_id, None, by=call.caller.subject)
        if not isinstance(closed, Posted) and not (isinstance(closed, Refused) and closed.code == "ACCOUNT_CLOSED"):
            return closed  # not closed: a shop holds points of a household that would end with him, or it is to be tried again
    intent = ErasureIntent(
        applied=call.applied,
        member_id=survivor.member_id,
        transaction_id=uuid7(),
        key=key,
        reason=request.reason,
        by=call.caller.subject,
        with_him=await endings.merged_into(call.database.pool, call.program_id, survivor.member_id),
        forget=tuple(forget),
        approval=call.approval,
    )
    return await submit_together(call.database, intent, call.now)


def _same(detail: Mapping[str, Any], _after: MemberBooks) -> Mapping[str, Any]:
    return detail
