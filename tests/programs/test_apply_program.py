"""Applying a program file: versions, races, what a new version may not take away, and processes that hear of it."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from builders.eventually import eventually
from builders.programs import LADDER, PARTNERS, UNITS, rule, source
from honeyguide.database import Database
from honeyguide.programs.apply_program import ProgramChanged, apply_program
from honeyguide.programs.current import POLL_SECONDS, Applied, Programs, UnknownProgram
from honeyguide.programs.findings import ProgramInvalid

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def applied(database: Database, text: str, expected: int | None = None) -> Applied | ProgramInvalid | ProgramChanged:
    async with database.pool.acquire() as connection:
        return await apply_program(connection, source=text, expected_version=expected, applied_by="a test", now=NOW)


def edited(number: int) -> str:
    return source() + f"# edit {number}\n"


async def test_a_file_becomes_version_one_and_its_edit_version_two(database: Database) -> None:
    first = await applied(database, source(), 0)
    second = await applied(database, edited(2), 1)

    assert isinstance(first, Applied)
    assert isinstance(second, Applied)
    assert (first.version, second.version, first.program_id) == (1, 2, second.program_id)


async def test_the_file_in_force_applied_again_stays_the_version_it_is(database: Database) -> None:
    await applied(database, source())

    again = await applied(database, source())

    assert isinstance(again, Applied)
    assert again.version == 1


async def test_an_edit_of_an_older_version_is_refused_and_tells_the_version_in_force(database: Database) -> None:
    await applied(database, source())
    await applied(database, edited(2), 1)

    assert await applied(database, edited(3), 1) == ProgramChanged(2)
    assert await applied(database, source().replace("code: club", "code: other"), 3) == ProgramChanged(0)


async def test_of_eight_editors_at_once_exactly_one_wins(database: Database) -> None:
    await applied(database, source())

    outcomes = await asyncio.gather(*(applied(database, edited(number), 1) for number in range(8)))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Applied"] + ["ProgramChanged"] * 7


async def test_eight_first_files_at_once_make_one_program(database: Database) -> None:
    outcomes = await asyncio.gather(*(applied(database, edited(number)) for number in range(8)))

    done = [outcome for outcome in outcomes if isinstance(outcome, Applied)]
    assert sorted(outcome.version for outcome in done) == list(range(1, 9))
    assert len({outcome.program_id for outcome in done}) == 1


async def test_an_invalid_file_writes_nothing(database: Database) -> None:
    outcome = await applied(database, source().replace("currency: USD", "currency: US"))

    assert isinstance(outcome, ProgramInvalid)
    assert await database.pool.fetchval("SELECT count(*) FROM program") == 0


@pytest.mark.parametrize(
    ("edit", "finding"),
    [
        ({"units": "points: {kind: points, name: p}"}, "the unit `cash` is gone"),
        ({"tiers": LADDER.replace("silver:", "silvers:")}, "the tier `silver` is gone"),
        ({"tiers": ""}, "the tier `gold` is gone"),
        ({"partners": "shop: {name: Shop, issues: [points, cash]}"}, "the partner `cafe` is gone"),
        ({"units": UNITS.replace("kind: points", "kind: stamps")}, "a unit's kind never changes"),
        ({"units": UNITS.replace("kind: points", "kind: points, decimals: 2")}, "a unit's decimals never change"),
        ({"units": UNITS.replace("kind: money", "kind: money, currency: EUR")}, "a unit's currency never changes"),
    ],
)
async def test_a_new_version_keeps_what_members_books_name(database: Database, edit: dict[str, str], finding: str) -> None:
    await applied(database, source())

    parts = {"partners": PARTNERS.replace("issues: [points, cash]", "issues: []").replace("accepts: [points, cash]", "accepts: []"), **edit}
    outcome = await applied(database, source(**parts))

    assert isinstance(outcome, ProgramInvalid)
    assert any(finding in found.message for found in outcome.findings), outcome


async def test_a_renamed_tier_is_pointed_at(database: Database) -> None:
    await applied(database, source())

    outcome = await applied(database, source(tiers=LADDER.replace("silver:", "silvers:")))

    assert isinstance(outcome, ProgramInvalid)
    assert outcome.findings[0].suggestion == "silver instead of silvers"
    assert outcome.findings[0].line > 1


async def test_the_currency_of_the_books_never_changes(database: Database) -> None:
    await applied(database, source())

    outcome = await applied(database, source().replace("currency: USD", "currency: EUR"))

    assert isinstance(outcome, ProgramInvalid)


async def test_a_file_of_another_program_is_refused_where_a_program_is_meant(database: Database) -> None:
    first = await applied(database, source())
    assert isinstance(first, Applied)

    async with database.pool.acquire() as connection:
        other = source().replace("code: club", "code: clubb")
        outcome = await apply_program(connection, program_id=first.program_id, source=other, applied_by="a test", now=NOW)

    assert isinstance(outcome, ProgramInvalid)
    assert outcome.findings[0].suggestion == "club"


async def test_running_processes_take_up_a_version_within_a_second_and_still_know_the_one_before(database: Database) -> None:
    first = await applied(database, source())
    assert isinstance(first, Applied)
    programs = Programs()
    await programs.start(database)
    try:
        assert programs.current(first.program_id).version == 1
        await applied(database, source(earning=rule("spend", "earn: 1")))

        async def taken_up() -> bool:
            return programs.current(first.program_id).version == 2

        await eventually(taken_up)
        assert POLL_SECONDS <= 0.5
        assert (await programs.at(first.program_id, 1)).program.earning == {}
        assert programs.ids() == (first.program_id,)
        with pytest.raises(UnknownProgram):
            await programs.at(first.program_id, 3)
    finally:
        await programs.close()


async def test_a_database_that_is_down_at_the_start_or_later_keeps_the_last_known_programs() -> None:
    nowhere = await Database.open("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    programs = Programs()
    await programs.start(nowhere)
    try:
        with pytest.raises(UnknownProgram):
            programs.current(uuid4())
        assert programs.ids() == ()
    finally:
        await programs.close()
        await nowhere.close()
