"""An act is kept in the transaction of what it tells of, holds nothing that somebody typed, and is never rewritten."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, at_the_command_line, member_subject, record
from honeyguide.audit.act import Unfit
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database

PROGRAM, NOW = uuid4(), datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Caller(Audience.OPERATOR, PROGRAM, "anna", frozenset(), "operator-1")


def act(**changes: object) -> Act:
    given = {"actor": actor_of(ANNA), "action": Action.FREEZE, "subject": Subject(SubjectKind.PARTNER, "bakery")}
    return Act(PROGRAM, NOW, **{**given, **changes})  # type: ignore[arg-type]


async def test_an_act_tells_who_did_what_to_whom_and_why(database: Database) -> None:
    member, other = uuid4(), uuid4()

    await record(database.pool, act(subject=member_subject(member), members=(other, member), request_id="r1", detail={"reason": "STOLEN"}))

    row = await database.pool.fetchrow("SELECT * FROM audit")
    assert (row["actor"], row["audience"], row["credential_id"]) == ("operator:anna", "operator", "operator-1")
    assert (row["action"], row["subject_kind"], row["subject"], row["request_id"]) == ("FREEZE", "MEMBER", str(member), "r1")
    assert row["members"] == [member, other] and row["detail"] == {"reason": "STOLEN"} and row["at"] == NOW


async def test_what_is_rolled_back_leaves_no_act(database: Database) -> None:
    async def act_and_fail() -> None:
        async with database.transaction() as connection:
            await record(connection, act())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await act_and_fail()

    assert await database.pool.fetchval("SELECT count(*) FROM audit") == 0


@pytest.mark.parametrize(
    "detail",
    [
        {"to": "anna@example.org"},
        {"note": "because she asked"},
        {"a b": 1},
        {"x": 1.5},
        {"x": {"y": ["ü"]}},
        {"x": "a" * 129},
        {"x": UUID(int=0)},
    ],
)
def test_words_addresses_and_fractions_are_no_detail(detail: dict[str, object]) -> None:
    with pytest.raises(Unfit):
        act(detail=detail)


def test_an_act_is_bounded() -> None:
    with pytest.raises(Unfit):
        act(detail={"ids": ["a" * 100] * 50})
    with pytest.raises(Unfit):
        act(members=tuple(uuid4() for _ in range(501)))
    with pytest.raises(Unfit):
        act(actor=at_the_command_line("root\nroot"))
    with pytest.raises(Unfit):
        act(subject=Subject(SubjectKind.PARTNER, ""))


@pytest.mark.parametrize("table", ["audit", "audit_link"])
async def test_the_trail_is_append_only_for_the_owner_and_a_superuser_too(database: Database, superuser_url: str, table: str) -> None:
    connection = await asyncpg.connect(superuser_url)
    try:
        for role in ("honeyguide_owner", "NONE"):
            await connection.execute(f"SET ROLE {role}")
            for change in ("UPDATE {} SET program_id = program_id", "DELETE FROM {}", "TRUNCATE {}"):
                with pytest.raises(asyncpg.PostgresError, match="append-only"):
                    await connection.execute(change.format(table))
    finally:
        await connection.close()
    for change in ("UPDATE {} SET program_id = program_id", "DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.pool.execute(change.format(table))
