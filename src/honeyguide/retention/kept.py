"""What is kept for a while only: one entry a table, with the days of the program file and the statement that drops a batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.coalition import freeze_till
from honeyguide.database import Executor, statements
from honeyguide.identity.sessions.store import drop_codes, drop_sessions
from honeyguide.identity.store import forget_nonces
from honeyguide.members import freezes
from honeyguide.members.cards import forget_ended_cards, forget_used_codes
from honeyguide.programs.retention import Retention
from honeyguide.transactions.tallies import drop_tallies
from honeyguide.wallet.style_files.store import drop_superseded

BATCH = 1_000
_SQL = statements(__package__, "retention.sql")

# Drops what ended before a moment, at most a batch; how many went.
Drop = Callable[[Executor, UUID, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Kept:
    """`name` stands in the audit trail; `table` is the one that shrinks."""

    name: str
    table: str
    days: Callable[[Retention], int]
    drop: Drop


async def _nonces(executor: Executor, _program_id: UUID, before: datetime) -> int:
    return await forget_nonces(executor, before, BATCH)


def _bounded(drop_most: Callable[[Executor, UUID, datetime, int], Awaitable[int]]) -> Drop:
    async def drop(executor: Executor, program_id: UUID, before: datetime) -> int:
        return await drop_most(executor, program_id, before, BATCH)

    return drop


def _by(statement: str) -> Drop:
    async def drop(executor: Executor, program_id: UUID, before: datetime) -> int:
        return int(str(await executor.execute(_SQL[statement], program_id, before, BATCH)).split()[-1])

    return drop


KEPT = (
    Kept("parked_posts", "parked_post", lambda days: days.parked_posts, _by("drop_parked_posts")),
    Kept("parked_decisions", "parked_decision", lambda days: days.parked_posts, _by("drop_parked_decisions")),
    Kept("tallies", "tally", lambda days: days.tallies, _bounded(drop_tallies)),
    Kept("freezes", "frozen", lambda days: days.freezes, _bounded(freeze_till.drop_freezes)),
    Kept("members_freezes", "frozen_member", lambda days: days.freezes, _bounded(freezes.drop_freezes)),
    Kept("device_log", "delivery_count", lambda days: days.device_log, _by("drop_delivery_counts")),
    Kept("delivery_lags", "delivery_lag", lambda days: days.device_log, _by("drop_delivery_lags")),
    Kept("phone_log", "phone_log", lambda days: days.device_log, _by("drop_phone_log")),
    Kept("one_time_codes", "one_time_code", lambda days: days.one_time_codes, drop_codes),
    Kept("sessions", "session", lambda days: days.sessions, drop_sessions),
    Kept("used_codes", "used_code", lambda days: days.used_codes, forget_used_codes),
    Kept("ended_cards", "card_key", lambda days: days.used_codes, forget_ended_cards),
    Kept("approvals", "approval", lambda days: days.approvals, _by("drop_approvals")),
    Kept("pass_messages", "pass_message", lambda days: days.pass_messages, _by("drop_pass_messages")),
    Kept("event_streams", "event_stream", lambda _: 1, _by("drop_event_streams")),  # of processes that were killed
    Kept("pass_files", "pass_file", lambda _: 30, _bounded(drop_superseded)),  # in whose place others stand
    Kept("nonces", "nonce", lambda days: days.nonces, _nonces),
)
