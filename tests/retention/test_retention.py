"""What has served its time goes, batch by batch, and the trail says so (R57)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from builders.platform import Platform
from honeyguide.caller import Audience, Caller
from honeyguide.ledger.books import broken_rows
from honeyguide.members.call import Call
from honeyguide.members.lookup import LookupPolicy
from honeyguide.retention import kept, retain
from honeyguide.retention.forgetting import everything
from honeyguide.retention.kept import KEPT
from honeyguide.retention.retain import Retention

OTHERS = UUID(int=7)  # another program, whose days are its own
SERVED = (
    (
        "frozen",
        "freeze_id, kind, partner_id, reason, frozen_at, frozen_by, ended_at, ended_by, end_reason",
        "gen_random_uuid(), 'PARTNER', gen_random_uuid(), 'odd', $2::timestamptz, 'olivia', $2, 'olivia', 'fine'",
    ),
    (
        "frozen_member",
        "member_id, freeze_id, reason, frozen_at, frozen_by, ended_at, ended_by, end_reason",
        "gen_random_uuid(), gen_random_uuid(), 'odd', $2::timestamptz, 'olivia', $2, 'olivia', 'fine'",
    ),
    ("tally", "subject, period, posts, amount, over_at", "'post/cashier/' || n, '2026-01-01', 1, 1, $2::timestamptz"),
    (
        "parked_decision",
        "decision_id, partner_id, decision, note, decided_by, decided_at, done_at",
        "gen_random_uuid(), gen_random_uuid(), 'POST', 'fine', 'olivia', $2::timestamptz, $2",
    ),
)


async def round_of(platform: Platform, retention: Retention | None = None) -> Any:
    services = platform.services
    applied = services.programs.current(platform.program_id)
    caller = Caller(Audience.OPERATOR, platform.program_id, "system:retention")
    policy = LookupPolicy(platform.program_id, None, services.handle_key)
    call = Call(services.database, services.till, applied, caller, policy, services.claims, platform.clock())
    return await (retention or Retention(everything(services.erased_sign_ins))).round(call)


async def parked(platform: Platform, count: int) -> None:
    """Posts that somebody decided on now."""
    for _ in range(count):
        await platform.post("10.00", occurredAt="2020-01-01T12:00:00Z")
    await platform.services.database.pool.execute(
        "UPDATE parked_post SET decision = 'REJECT', decided_by = 'olivia', note = 'fine', decided_at = $1, settled_at = $1",
        platform.clock(),
    )


async def count(platform: Platform, table: str) -> int:
    return int(await platform.services.database.pool.fetchval(f"SELECT count(*) FROM {table}"))


async def test_a_decided_post_goes_after_its_days_and_not_before(platform: Platform) -> None:
    await platform.enrol()
    await parked(platform, 2)
    await platform.post("10.00", occurredAt="2020-01-01T12:00:00Z")  # still to be decided

    platform.clock.move(days=89)
    early = await round_of(platform)
    platform.clock.move(days=2)
    late = await round_of(platform)

    assert (early.get("parked_posts"), late["parked_posts"], await count(platform, "parked_post")) == (None, 2, 1)
    pool = platform.services.database.pool
    row = await pool.fetchrow("SELECT actor, detail->>'parked_posts' AS gone FROM audit WHERE action = 'RETAIN'")
    assert tuple(row) == ("system:retention", "2")


async def test_a_round_that_is_cut_off_goes_on_with_the_next(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    await platform.enrol()
    await parked(platform, 5)
    platform.clock.move(days=91)
    monkeypatch.setattr(kept, "BATCH", 2)
    monkeypatch.setattr(retain, "MOST_BATCHES", 1)

    gone = [(await round_of(platform)).get("parked_posts", 0) for _ in range(4)]

    assert gone == [2, 2, 1, 0]


async def test_members_who_do_not_come_any_more_are_closed_then_erased_and_the_books_are_sound(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await platform.post("79.90")
    platform.clock.move(days=37 * 31)
    await platform.post("10.00", email="bert@example.test")
    pool = platform.services.database.pool

    closed = await round_of(platform)
    after_closing = dict(await pool.fetch("SELECT member_id, status FROM member"))
    platform.clock.move(days=13 * 31)
    erased = await round_of(platform)
    again = await round_of(platform)

    assert (closed["closed"], after_closing) == (1, {anna: "CLOSED", bert: "ACTIVE"})
    assert (erased["erased"], again.get("erased")) == (1, None)
    assert dict(await pool.fetch("SELECT member_id, status FROM member"))[anna] == "ERASED"
    assert await pool.fetchval("SELECT certificate->>'reason' FROM erasure") == "RETENTION"
    assert await pool.fetchval("SELECT count(*) FROM person WHERE member_id = $1", anna) == 0
    assert await broken_rows(pool) == []


async def test_the_look_for_inactive_members_goes_on_where_it_stopped(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("anna", "bert", "carl"):
        await platform.enrol(f"{name}@example.test")
    platform.clock.move(days=37 * 31)
    monkeypatch.setattr(retain, "MOST_ENDED", 1)
    monkeypatch.setattr(retain, "MOST_LOOKED_AT", 1)
    retention = Retention(everything(platform.services.erased_sign_ins))

    gone = [(await round_of(platform, retention)).get("closed", 0) for _ in range(4)]

    assert gone == [1, 1, 1, 0]


async def test_every_entry_of_the_registry_names_a_table_and_runs_on_an_empty_one(platform: Platform) -> None:
    pool = platform.services.database.pool

    dropped = [await entry.drop(pool, platform.program_id, platform.clock() - timedelta(days=1)) for entry in KEPT]

    tables = {row[0] for row in await pool.fetch("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")}
    assert sorted({entry.table for entry in KEPT} - tables) == []
    assert dropped == [0] * len(KEPT)


async def test_ended_freezes_counts_of_tills_and_decisions_go_after_their_days_in_batches(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    await platform.enrol()
    pool, now, program_id = platform.services.database.pool, platform.clock(), platform.program_id
    for table, columns, values in SERVED:
        await pool.execute(
            f"INSERT INTO {table} (program_id, {columns}) SELECT $1, {values} FROM generate_series(1, 5) AS n", program_id, now
        )
        await pool.execute(f"INSERT INTO {table} (program_id, {columns}) SELECT $1, {values} FROM generate_series(6, 6) AS n", OTHERS, now)
    monkeypatch.setattr(kept, "BATCH", 2)
    monkeypatch.setattr(retain, "MOST_BATCHES", 2)
    platform.clock.move(days=731)

    gone = [await round_of(platform) for _ in range(3)]

    names = ("freezes", "members_freezes", "tallies", "parked_decisions")
    assert [[one.get(name, 0) for name in names] for one in gone] == [[4] * 4, [1] * 4, [0] * 4]
    assert [await count(platform, table) for table, _, _ in SERVED] == [1] * 4


async def test_what_is_still_frozen_never_goes(platform: Platform) -> None:
    anna = await platform.enrol()
    pool = platform.services.database.pool
    await pool.execute(
        "INSERT INTO frozen_member (program_id, member_id, freeze_id, reason, frozen_at, frozen_by) VALUES ($1, $2, $2, 'odd', $3, 'olivia')",
        platform.program_id,
        anna,
        platform.clock(),
    )

    platform.clock.move(days=3_000)
    await round_of(platform)

    assert await count(platform, "frozen_member") == 1
