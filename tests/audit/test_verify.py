"""Whoever changes the trail with the database in his hands is found out: by the chain, or by a head that was kept elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from honeyguide.audit import Act, Action, Subject, SubjectKind, at_the_command_line, record, store
from honeyguide.audit.chain import chain
from honeyguide.audit.verify import Kept, verify
from honeyguide.database import Database

PROGRAM, NOW = uuid4(), datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def act(number: int, program_id: UUID = PROGRAM) -> Act:
    who, what = at_the_command_line("zoë"), Subject(SubjectKind.PARTNER, f"partner-{number}")
    return Act(
        program_id, NOW + timedelta(seconds=number), who, Action.FREEZE, what, (uuid4(),), "r", uuid4(), {"reason": "STOLEN", "n": number}
    )


async def record_and_chain(database: Database, *numbers: int) -> None:
    for number in numbers:
        await record(database.pool, act(number))
    await chain(database, PROGRAM)


async def kept(database: Database) -> list[Kept]:
    last = await store.head(database.pool, PROGRAM)
    assert last is not None
    return [Kept(last.seq, last.hash)]


async def found(database: Database, *heads: Kept) -> list[tuple[str, int | None]]:
    return [(one.what, one.seq) for one in (await verify(database.pool, PROGRAM, LATER, heads)).broken]


@pytest_asyncio.fixture
async def intruder(superuser_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser who turns the triggers off."""
    connection = await asyncpg.connect(superuser_url)
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def test_an_untouched_trail_is_sound_whatever_commits_late(database: Database) -> None:
    await record_and_chain(database, 5, 3)
    await record_and_chain(database, 1)  # it is of before, and committed after
    await record(database.pool, act(9, uuid4()))  # another program's

    verified = await verify(database.pool, PROGRAM, LATER, await kept(database))

    assert (verified.links, verified.broken) == (3, ())
    assert await database.pool.fetchval("SELECT count(*) FROM audit_waiting") == 1


async def test_an_auditor_computes_the_chain_with_other_tools(database: Database) -> None:
    await record_and_chain(database, 1, 2)
    columns = "program_id, audit_id, actor, audience, credential_id, action, subject_kind, subject, members, request_id, approval_id"

    rows = await database.pool.fetch(
        f"SELECT to_jsonb(a) - 'at' || jsonb_build_object('at', to_char(at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) AS act, hash"
        f" FROM (SELECT {columns}, at, detail FROM audit) a JOIN audit_link USING (program_id, audit_id) ORDER BY seq"
    )

    before = hashlib.sha256(f"honeyguide audit 1:{PROGRAM}".encode()).digest()
    for row in rows:
        text = json.dumps(row["act"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        before = hashlib.sha256(before + text.encode()).digest()
        assert before == row["hash"]


async def test_whatever_jsonb_can_hold_hashes_alike_when_read_again(database: Database, intruder: asyncpg.Connection) -> None:
    for number, detail in enumerate(("1.10", "1e3", "123456789012345678901234567890", '"\\u007f\\u00e4"', '{"b": 1, "aa": 0.1}')):
        await record(database.pool, act(number))
        await intruder.execute("UPDATE audit SET detail = $1::text::jsonb WHERE subject = $2", detail, f"partner-{number}")
    await chain(database, PROGRAM)

    assert await found(database) == []


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'operator:eve'",
        "at = at + interval '1 us'",
        "members = '{}'",
        "request_id = NULL",
        "credential_id = 'x'",
        "approval_id = NULL",
        "detail = detail || '{\"n\": 8}'",
        "detail = detail - 'n'",
        "action = 'LOOK'",
        "subject = 'partner-x'",
    ],
)
async def test_a_changed_row_is_found(database: Database, intruder: asyncpg.Connection, change: str) -> None:
    await record_and_chain(database, 1, 2, 3)

    await intruder.execute(f"UPDATE audit SET {change} WHERE subject = 'partner-2'")

    assert await found(database) == [("ALTERED", 2)]


async def test_a_removed_row_is_found(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2, 3)

    await intruder.execute("DELETE FROM audit WHERE subject = 'partner-2'")

    assert await found(database) == [("MISSING_ROW", 2)]


async def test_a_removed_row_with_its_link_is_found(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2, 3)

    await intruder.execute("DELETE FROM audit WHERE subject = 'partner-2'; DELETE FROM audit_link WHERE seq = 2")

    assert await found(database) == [("MISSING_LINK", 2)]


async def test_links_moved_up_over_a_removed_row_are_found(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2, 3)

    await intruder.execute("DELETE FROM audit_link WHERE seq = 2; DELETE FROM audit WHERE subject = 'partner-2'")
    await intruder.execute("UPDATE audit_link SET seq = 2 WHERE seq = 3")

    assert await found(database) == [("ALTERED", 2)]


async def test_two_rows_that_changed_places_are_found(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2, 3)

    first, second = [row["audit_id"] for row in await intruder.fetch("SELECT audit_id FROM audit_link WHERE seq < 3 ORDER BY seq")]
    await intruder.execute("UPDATE audit_link SET audit_id = gen_random_uuid() WHERE seq = 1")
    await intruder.execute("UPDATE audit_link SET audit_id = $1 WHERE seq = 2", first)
    await intruder.execute("UPDATE audit_link SET audit_id = $1 WHERE seq = 1", second)

    assert await found(database) == [("ALTERED", 1), ("ALTERED", 2)]


async def test_a_row_put_in_by_hand_is_found_within_a_minute(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2)

    await intruder.execute(
        "INSERT INTO audit SELECT program_id, gen_random_uuid(), at, 'operator:bob', audience, NULL, action, subject_kind, subject, members,"
        " request_id, approval_id, detail FROM audit LIMIT 1"
    )

    assert await found(database) == [("UNCHAINED", None)]


async def test_a_row_put_into_the_middle_of_the_chain_is_found(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2, 3)

    await intruder.execute("UPDATE audit_link SET seq = seq + 10 WHERE seq > 1; UPDATE audit_link SET seq = seq - 9 WHERE seq > 10")
    forged = uuid4()
    await intruder.execute(
        "INSERT INTO audit SELECT program_id, $1, at, 'operator:bob', audience, NULL, action, subject_kind, subject, members, request_id,"
        " approval_id, detail FROM audit LIMIT 1",
        forged,
    )
    await intruder.execute("INSERT INTO audit_link SELECT program_id, 2, $1, hash FROM audit_link WHERE seq = 1", forged)

    assert ("ALTERED", 2) in await found(database)


async def test_an_end_that_was_cut_off_is_found_against_a_kept_head(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2, 3)
    heads = await kept(database)

    await intruder.execute("DELETE FROM audit WHERE subject = 'partner-3'; DELETE FROM audit_link WHERE seq = 3")

    assert await found(database) == []  # the chain alone cannot know
    assert await found(database, *heads) == [("TRUNCATED", 3)]


async def test_a_chain_computed_anew_is_found_against_a_kept_head(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1, 2, 3)
    heads = await kept(database)

    await intruder.execute("UPDATE audit SET actor = 'operator:bob' WHERE subject = 'partner-2'; DELETE FROM audit_link WHERE seq > 1")
    await intruder.execute("INSERT INTO audit_waiting SELECT program_id, audit_id FROM audit WHERE subject <> 'partner-1'")
    await chain(database, PROGRAM)
    await record_and_chain(database, 4)

    assert await found(database) == []
    assert await found(database, *heads) == [("REWRITTEN", 3)]


async def test_a_whole_trail_that_vanished_is_found_against_a_kept_head(database: Database, intruder: asyncpg.Connection) -> None:
    await record_and_chain(database, 1)
    heads = await kept(database)

    await intruder.execute("DELETE FROM audit; DELETE FROM audit_link")

    assert await found(database, *heads) == [("TRUNCATED", 1)]


async def test_a_row_that_waits_is_no_finding_before_a_minute_is_over(database: Database) -> None:
    await record(database.pool, act(1))
    at = NOW + timedelta(seconds=1)

    assert (await verify(database.pool, PROGRAM, at + timedelta(seconds=60))).broken == ()
    assert (await verify(database.pool, PROGRAM, at + timedelta(seconds=61))).broken[0].what == "UNCHAINED"


async def test_two_workers_chain_each_row_once(database: Database) -> None:
    await asyncio.gather(*(record(database.pool, act(number)) for number in range(1_200)))

    done = 0
    while await database.pool.fetchval("SELECT count(*) FROM audit_waiting"):
        done += sum(await asyncio.gather(*(chain(database, PROGRAM) for _ in range(3))))

    verified = await verify(database.pool, PROGRAM, LATER)
    assert (done, verified.links, verified.broken) == (1_200, 1_200, ())
