"""Which version of a program a backdated purchase is decided by (R10)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from builders.programs import source
from honeyguide.database import Database
from honeyguide.programs import store
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied, Programs, UnknownProgram

JANUARY, MARCH, JUNE = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 6))
MOMENT = timedelta(microseconds=1)
Apply = Callable[[datetime], Awaitable[Applied]]


@pytest.fixture
async def apply(database: Database) -> Apply:
    async def applied(when: datetime) -> Applied:
        text = f"{source()}# applied in month {when.month}\n"
        async with database.pool.acquire() as connection:
            outcome = await apply_program(connection, source=text, applied_by="a test", now=when)
        assert isinstance(outcome, Applied)
        return outcome

    return applied


@pytest.fixture
async def programs(database: Database, apply: Apply) -> AsyncIterator[Programs]:
    """Three versions: applied in January, March and June."""
    for when in (JANUARY, MARCH, JUNE):
        await apply(when)
    programs = Programs()
    await programs.start(database)
    yield programs
    await programs.close()


@pytest.mark.parametrize(
    ("moment", "version"),
    [(JANUARY - MOMENT, 1), (JANUARY, 1), (MARCH - MOMENT, 1), (MARCH, 2), (JUNE - MOMENT, 2), (JUNE, 3), (JUNE + MOMENT, 3)],
)
async def test_r10_a_backdated_purchase_is_decided_by_the_version_in_force_on_its_day(
    programs: Programs, moment: datetime, version: int
) -> None:
    (program_id,) = programs.ids()

    applied = await programs.as_of(program_id, moment)

    assert (applied.version, applied.applied_at) == (version, (JANUARY, MARCH, JUNE)[version - 1])


async def test_purchases_since_the_newest_version_are_answered_without_the_database(programs: Programs, database: Database) -> None:
    (program_id,) = programs.ids()
    await programs.as_of(program_id, MARCH)

    await database.close()

    assert (await programs.as_of(program_id, JUNE)).version == 3
    assert (await programs.as_of(program_id, MARCH)).version == 2  # read once, known from then on


async def test_a_version_taken_up_later_ends_the_one_before(programs: Programs, apply: Apply) -> None:
    (program_id,) = programs.ids()
    august = datetime(2026, 8, 1, tzinfo=UTC)
    await apply(august)

    await programs.refresh()

    assert [(await programs.as_of(program_id, moment)).version for moment in (JUNE, august)] == [3, 4]


async def test_a_past_version_that_this_release_cannot_read_gives_way_to_the_one_after_it(database: Database, apply: Apply) -> None:
    program_id = (await apply(JANUARY)).program_id
    async with database.pool.acquire() as connection:
        await store.insert_version(connection, program_id, 2, "code: [", "an older release", MARCH)
    await apply(JUNE)
    programs = Programs()
    await programs.start(database)

    try:
        assert [(await programs.as_of(program_id, moment)).version for moment in (JANUARY, MARCH)] == [1, 3]
    finally:
        await programs.close()


async def test_an_unknown_program_has_no_version_at_any_moment() -> None:
    with pytest.raises(UnknownProgram):
        await Programs().as_of(uuid4(), JUNE)
