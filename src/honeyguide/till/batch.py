"""Decides one batch: pure, between what was read under the locks and the one write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import AFTER_CLOSING, Recorded
from honeyguide.quantities import TooLarge
from honeyguide.till.intent import Intent, Key, Reference, TakingOver
from honeyguide.till.opened import EarlierClaim, Opened
from honeyguide.till.outcomes import PARK, Decision, KeyConflict, Outcome, Posted, ReferenceTaken, Refusal, Refused

# Refusals that name somebody who may exist a moment later, or that somebody else decides; their keys are given back.
NOT_KEPT = frozenset({"MEMBER_NOT_FOUND", PARK})
# What has left one member must come to the other: no refusal of his is the last word.
HANDOVER = "handover"
REFERENCE_TAKEN = "DUPLICATE_REFERENCE"
CLOSED = Refusal("ACCOUNT_CLOSED")

ClaimKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer that lies in the books: the transaction behind an earlier claim; `mine` = an attempt of this very intent."""

    member_id: UUID
    transaction_id: UUID
    taken_reference: bool
    mine: bool = False

    def told(self, recorded: Recorded) -> Posted | ReferenceTaken:
        return ReferenceTaken(recorded, None) if self.taken_reference else Posted(recorded, replayed=not self.mine)


Answer = Outcome | Replay | Exception


@dataclass(slots=True)
class Decided:
    """The answers in order, and what is to be written.

    `reassigned` names the transaction that took a reference over; `redated` are members of whom only the next dates changed.
    """

    answers: list[Answer] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    books: dict[UUID, MemberBooks] = field(default_factory=dict)
    refused: dict[ClaimKey, Refusal] = field(default_factory=dict)
    reassigned: dict[ClaimKey, Recorded] = field(default_factory=dict)
    released: set[ClaimKey] = field(default_factory=set)
    redated: set[UUID] = field(default_factory=set)


def decide_batch(intents: Sequence[Intent], opened: Opened, now: datetime) -> Decided:
    """Each intent decides on the state that those before it left; a refusal never harms its neighbours."""
    batch = _Batch(opened, now)
    for intent in intents:
        batch.decide(intent)
    return batch.decided


class _Batch:
    def __init__(self, opened: Opened, now: datetime) -> None:
        self._opened = opened
        self._now = now
        self._keys: dict[ClaimKey, tuple[bytes, int]] = {}  # claimed in this batch: request hash and index of the answer
        self._references: dict[ClaimKey, Recorded] = {}
        self.decided = Decided(books=dict(opened.books))

    def decide(self, intent: Intent) -> None:
        if isinstance(intent, TakingOver) and self._is_waiting(intent):
            self.decided.answers.append(self._new(intent))
            return
        answer = self._known_key(intent)
        if answer is not None:
            self._release_reference(intent)
        else:
            if intent.key is not None:
                self._keys[_claim(intent.key)] = (intent.key.request_hash, len(self.decided.answers))
            answer = self._new(intent)
        self.decided.answers.append(answer)

    def _is_waiting(self, intent: TakingOver) -> bool:
        """Is it still parked, here and under the lock? Else its key answers as any other."""
        assert intent.key is not None
        claim = _claim(intent.key)
        earlier = self._opened.earlier.get(claim)
        return claim not in self.decided.reassigned and earlier is not None and _names_parked(earlier, intent)

    def _known_key(self, intent: Intent) -> Answer | None:
        """The key was used before: by an earlier request, or by one that stands before it in this batch."""
        if intent.key is None:
            return None
        claim = _claim(intent.key)
        if isinstance(intent, TakingOver) and claim in self.decided.reassigned:
            return Posted(self.decided.reassigned[claim], replayed=True)
        if (earlier := self._opened.earlier.get(claim)) is not None:
            key = replace(intent.key, request_hash=earlier.request_hash or b"") if isinstance(intent, TakingOver) else intent.key
            return replay(key, earlier, intent.transaction_id)
        if (first := self._keys.get(claim)) is None:
            return None
        request_hash, index = first
        if request_hash != intent.key.request_hash:
            return KeyConflict()
        answer = self.decided.answers[index]
        return replace(answer, replayed=True) if isinstance(answer, Posted | Refused) else answer

    def _new(self, intent: Intent) -> Answer:
        taken = self._taken_reference(intent)
        if taken is not None:
            return self._refuse(intent, *taken)
        books = self.decided.books.get(intent.member_id)
        if books is None:
            return self._refuse(intent, Refusal("MEMBER_NOT_FOUND"))
        try:
            decision = intent.decide(books, self._now)
        except TooLarge:
            return self._refuse(intent, Refusal("LIMIT_EXCEEDED"))
        except Exception as error:  # noqa: BLE001 - a bug in one rule fails one caller; his claims are given back
            self._release(intent)
            return error
        if isinstance(decision, Refusal):
            return self._refuse(intent, decision)
        if comes_too_late(decision, self.decided.books):
            return self._refuse(intent, CLOSED)
        return self._post(intent, decision) if decision.postings else self._nothing(intent, decision.books or books)

    def _taken_reference(self, intent: Intent) -> tuple[Refusal, Answer] | None:
        """Somebody posted this reference before; the refusal is kept under the new key, the reference stays with its owner."""
        if intent.reference is None:
            return None
        claim = _claim(intent.reference)
        if (recorded := self._references.get(claim)) is not None:
            return _reference_refusal(recorded.member_id, recorded.transaction_id), ReferenceTaken(recorded, None)
        earlier = self._opened.earlier.get(claim)
        if earlier is None or (isinstance(intent, TakingOver) and _names_parked(earlier, intent)):
            return None
        if earlier.transaction_id is None or earlier.member_id is None:
            return Refusal(REFERENCE_TAKEN, {"outcome": earlier.outcome}), ReferenceTaken(None, earlier.outcome)
        refusal = _reference_refusal(earlier.member_id, earlier.transaction_id)
        return refusal, Replay(earlier.member_id, earlier.transaction_id, taken_reference=True)

    def _refuse(self, intent: Intent, refusal: Refusal, answer: Answer | None = None) -> Answer:
        if isinstance(intent, TakingOver):
            return answer or Refused(refusal.code, refusal.data, replayed=False)
        if refusal.code in NOT_KEPT or intent.key is None or intent.key.scope == HANDOVER:
            self._release(intent)
        else:
            self.decided.refused[_claim(intent.key)] = refusal
            self._release_reference(intent)
        return answer or Refused(refusal.code, refusal.data, replayed=False)

    def _post(self, intent: Intent, decision: Decision) -> Answer:
        self.decided.postings.extend(decision.postings)
        last = decision.postings[-1]
        if isinstance(intent, TakingOver):
            self.decided.reassigned.update({_claim(claim): last.recorded for claim in (intent.key, intent.reference) if claim is not None})
        self.decided.books[intent.member_id] = decision.books.redated() if decision.books else last.books
        if intent.reference is not None:
            claim = _claim(intent.reference)
            self._references[claim] = last.recorded
            if claim in self.decided.released:  # claimed for one before us, who was refused
                self.decided.released.discard(claim)
                self.decided.reassigned[claim] = last.recorded
        return Posted(last.recorded, replayed=False)

    def _nothing(self, intent: Intent, books: MemberBooks) -> Answer:
        """A date that came to nothing, such as the end of a tier renewed meanwhile, moves on; else every sweep would find it again."""
        redated = books.redated()
        if redated != self.decided.books[intent.member_id]:
            self.decided.books[intent.member_id] = redated
            self.decided.redated.add(intent.member_id)
        return self._refuse(intent, Refusal("NOTHING_TO_DO"))

    def _release(self, intent: Intent) -> None:
        if isinstance(intent, TakingOver):
            return
        if intent.key is not None:
            self.decided.released.add(_claim(intent.key))
        self._release_reference(intent)

    def _release_reference(self, intent: Intent) -> None:
        """What was refused leaves its reference to the next who asks for it; what was there before us is not ours to give."""
        if intent.reference is None:
            return
        claim = _claim(intent.reference)
        if claim not in self._opened.earlier and claim not in self._references:
            self.decided.released.add(claim)


def comes_too_late(decision: Decision, books: Mapping[UUID, MemberBooks]) -> bool:
    """Whoever looked a member up before his books were closed is refused under the lock."""
    return any(
        posting.recorded.kind not in AFTER_CLOSING
        and (known := books.get(posting.recorded.member_id)) is not None
        and known.closed_at is not None
        for posting in decision.postings
    )


def _claim(named: Key | Reference) -> ClaimKey:
    return (named.key, named.scope)


def _names_parked(earlier: EarlierClaim, intent: TakingOver) -> bool:
    """Does the claim tell that this very post is parked, and nothing else was decided?"""
    outcome = earlier.outcome or {}
    return earlier.transaction_id is None and outcome.get("code") == "PARKED" and outcome["data"].get("parked") == intent.parked


def _reference_refusal(member_id: UUID, transaction_id: UUID) -> Refusal:
    return Refusal(REFERENCE_TAKEN, {"member": str(member_id), "transaction": str(transaction_id)})


def replay(key: Key, earlier: EarlierClaim, attempt: UUID | None = None) -> Answer:
    """The first answer again (R1); an attempt of ours whose answer was lost between COMMIT and us is no replay."""
    if not key.same_request(earlier.request_hash):
        return KeyConflict()
    if earlier.transaction_id is not None and earlier.member_id is not None:
        mine = earlier.transaction_id == attempt
        return Replay(earlier.member_id, earlier.transaction_id, taken_reference=False, mine=mine)
    outcome = earlier.outcome or {}
    code, data = outcome.get("code", "UNKNOWN"), outcome.get("data", {})
    if code == REFERENCE_TAKEN:
        if "transaction" in data:
            return Replay(UUID(data["member"]), UUID(data["transaction"]), taken_reference=True)
        return ReferenceTaken(None, data.get("outcome"))
    return Refused(code, data, replayed=True)
