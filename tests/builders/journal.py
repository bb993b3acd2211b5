"""What clients of a test sent, key by key, what they were told, and the proof that nothing of it was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Executor
from honeyguide.ledger.books import broken_rows
from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, ReferenceTaken, Refused, RetryLater
from honeyguide.till.till import Till

# Transactions that some caller asked for; all others happen by themselves and have ids that follow from their causes.
ASKED_FOR = ("PURCHASE", "REDEMPTION", "ADJUSTMENT", "AUTHORIZATION", "VOID", "REVERSAL")
# Refusals that are not kept under their key: who is unknown now may exist a moment later.
NOT_KEPT = frozenset({"MEMBER_NOT_FOUND"})

ClaimKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What one answer said: the transaction that was posted, or the code of a refusal; `facts` are columns of the transaction it named.

    `voided` is a hold that was given back: that answer names no transaction of its own.
    """

    posted: UUID | None = None
    refused: str | None = None
    facts: tuple[tuple[str, Any], ...] = ()
    voided: UUID | None = None


@dataclass
class Journal:
    """By scope and key of what was sent: every answer that arrived. A client sends a key until it hears something."""

    told: dict[ClaimKey, list[Told]] = field(default_factory=dict)
    put_off: int = 0  # how often somebody was asked to come back

    def send(self, scope: str, key: str) -> None:
        self.told.setdefault((scope, key), [])

    def hear(self, scope: str, key: str, told: Told) -> None:
        self.told[scope, key].append(told)

    @property
    def acknowledged(self) -> dict[ClaimKey, Told]:
        """The first answer under each key that has one."""
        return {claim: answers[0] for claim, answers in self.told.items() if answers}


async def send(till: Till, intent: Any, journal: Journal, *, pause: float = 0.02) -> Outcome:
    """Post as a client does: the same key again, as a new attempt, until somebody answers more than RETRY_LATER."""
    journal.send(intent.key.scope, intent.key.key)
    while isinstance(answer := await till.submit(replace(intent, transaction_id=uuid7())), RetryLater):
        journal.put_off += 1
        await asyncio.sleep(pause)
    if not isinstance(answer, KeyConflict):
        journal.hear(intent.key.scope, intent.key.key, told_by(answer))
    return answer


async def send_all(till: Till, intents: Iterable[Any], journal: Journal) -> list[Outcome]:
    """All at once, each as its own client; raises what the till raised."""
    return await asyncio.gather(*(send(till, intent, journal) for intent in intents))


def told_by(answer: Outcome) -> Told:
    match answer:
        case Posted(recorded=recorded):
            names = ("member_id", "version", "kind", "reference")
            return Told(recorded.transaction_id, None, tuple((name, getattr(recorded, name)) for name in names))
        case Refused(code=code):
            return Told(refused=code)
        case ReferenceTaken():
            return Told(refused="DUPLICATE_REFERENCE")
    raise AssertionError(f"{answer!r} tells nothing")


async def nothing_lost(executor: Executor, program_id: UUID, journal: Journal, now: datetime) -> None:
    """After recovery and after clients retried each unanswered key; raises AssertionError with all that is wrong.

    Every acknowledged key has one transaction with the acknowledged outcome, every key sent has an answer, refused ones have no
    transaction, nothing is there that nobody asked for, conservation is empty, passes show what they should, no hold or lease is overdue.
    """
    wrong = [
        *_unanswered(journal),
        *await _not_as_told(executor, program_id, journal),
        *await _never_asked_for(executor, program_id, journal),
        *[f"{row.rule}: member {row.member_id}, {row.detail}" for row in await broken_rows(executor, program_id)],
        *await _not_at_rest(executor, program_id, now),
    ]
    assert not wrong, "\n".join([f"{len(wrong)} complaints", *wrong[:20]])


def _unanswered(journal: Journal) -> list[str]:
    silent = [f"key {key} was never answered" for (_, key), answers in journal.told.items() if not answers]
    torn = [f"key {key} heard {answers}" for (_, key), answers in journal.told.items() if len(set(answers)) > 1]
    return silent + torn


async def _not_as_told(executor: Executor, program_id: UUID, journal: Journal) -> list[str]:
    """The claim of each key against what its client was told, and the transaction against the answer's facts."""
    rows = await executor.fetch(
        """
        SELECT c.scope, c.key, c.transaction_id AS claimed, c.outcome ->> 'code' AS code, to_jsonb(t) AS found
        FROM claim AS c
        LEFT JOIN transaction AS t USING (program_id, member_id, transaction_id)
        WHERE c.program_id = $1 AND c.scope NOT LIKE 'reference:%'
        """,
        program_id,
    )
    kept = {(row["scope"], row["key"]): row for row in rows}
    wrong = []
    for (scope, key), told in journal.acknowledged.items():
        row = kept.get((scope, key))
        if told.refused in NOT_KEPT:
            wrong += [f"key {key} was told {told.refused} and claims {row['claimed']}"] if row else []
        elif row is None:
            wrong.append(f"key {key} was told {told.posted or told.voided or told.refused} and left nothing")
        elif told.refused:
            wrong += [f"key {key} was told {told.refused}, kept is {row['code']}"] if row["code"] != told.refused else []
        elif told.voided:
            found = row["found"] or {}
            if (found.get("kind"), found.get("of_transaction")) != ("VOID", str(told.voided)):
                wrong.append(f"key {key} was told that {told.voided} is void, found {row['found']}")
        elif row["claimed"] != told.posted or row["found"] is None:
            wrong.append(f"key {key} was told {told.posted}, claimed is {row['claimed']}, found {row['found']}")
        else:
            wrong += [f"key {key} was told {name} {value}" for name, value in told.facts if str(row["found"][name]) != str(value)]
    return wrong


async def _never_asked_for(executor: Executor, program_id: UUID, journal: Journal) -> list[str]:
    """A transaction that no key was told of was posted twice, or was posted for somebody who was refused."""
    rows = await executor.fetch(
        "SELECT transaction_id, CASE kind WHEN 'VOID' THEN of_transaction END AS voids FROM transaction"
        " WHERE program_id = $1 AND kind = ANY ($2)",
        program_id,
        ASKED_FOR,
    )
    answers = journal.acknowledged.values()
    told = [answer.posted for answer in answers if answer.posted]
    voided = {answer.voided for answer in answers if answer.voided}
    voids = [row["voids"] for row in rows if row["voids"]]
    known = {*told, *(row["transaction_id"] for row in rows if row["voids"] in voided)}
    return [
        *[f"transaction {one} was told to {told.count(one)} keys" for one in {one for one in told if told.count(one) > 1}],
        *[f"hold {one} was given back {voids.count(one)} times" for one in {one for one in voids if voids.count(one) > 1}],
        *[f"transaction {one} was told to nobody" for one in {row["transaction_id"] for row in rows} - known],
    ]


async def _not_at_rest(executor: Executor, program_id: UUID, now: datetime) -> list[str]:
    """Passes show the newest version; nobody holds points or a pass beyond the date that was set."""
    stale = await executor.fetch(
        """
        SELECT p.pass_id, p.shown, s.version FROM pass AS p JOIN standing AS s USING (program_id, member_id)
        WHERE program_id = $1 AND p.state <> 'REVOKED' AND s.version > 1 AND p.shown < s.version
        """,
        program_id,
    )
    leased = await executor.fetch("SELECT pass_id, leased_until FROM pass WHERE program_id = $1 AND leased_until > $2", program_id, now)
    wrong = [f"pass {row['pass_id']} shows {row['shown']}, the books are at {row['version']}" for row in stale]
    wrong += [f"pass {row['pass_id']} is leased until {row['leased_until']}" for row in leased]
    overdue = await executor.fetch(
        "SELECT hold_id FROM hold WHERE program_id = $1 AND state = 'OPEN' AND expires_at <= $2", program_id, now
    )
    return wrong + [f"hold {row['hold_id']} outlives its date" for row in overdue]
