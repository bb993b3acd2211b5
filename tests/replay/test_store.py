"""The shift and the options of the first start are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from honeyguide.database import Database
from honeyguide.replay.plan import Draws
from honeyguide.replay.store import PlayedOtherwise, begin_replay

FIRST, LATER = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)


async def test_a_resume_on_another_day_keeps_the_shift_of_the_first_start(database: Database) -> None:
    program, draws = uuid4(), Draws(5, 10, 7)
    await begin_replay(database.pool, program, "complete-journey", 3_246, draws, FIRST)

    later = await begin_replay(database.pool, program, "complete-journey", 3_250, draws, LATER)

    assert later == 3_246


async def test_a_resume_with_other_returns_is_refused_and_told_how_to_go_on(database: Database) -> None:
    program = uuid4()
    await begin_replay(database.pool, program, "complete-journey", 3_246, Draws(), FIRST)

    with pytest.raises(PlayedOtherwise) as refused:
        await begin_replay(database.pool, program, "complete-journey", 3_246, Draws(5, 10, 7), LATER)

    assert str(refused.value) == (
        "on 2026-11-22 these purchases were first played without returns and redemptions, and cannot be played or checked with 5 % returns,"
        " 10 % redemptions and seed 7 now: go on with `--refunds 0 --redemptions 0`, or play them in an empty database"
    )


async def test_another_seed_is_refused_where_something_is_drawn_and_means_nothing_where_nothing_is(database: Database) -> None:
    drawn, plain = uuid4(), uuid4()
    await begin_replay(database.pool, drawn, "complete-journey", 3_246, Draws(5, 10, 7), FIRST)
    await begin_replay(database.pool, plain, "complete-journey", 3_246, Draws(0, 0, 7), FIRST)

    with pytest.raises(PlayedOtherwise, match="go on with `--refunds 5 --redemptions 10 --seed 7`"):
        await begin_replay(database.pool, drawn, "complete-journey", 3_246, Draws(5, 10, 8), LATER)

    assert await begin_replay(database.pool, plain, "complete-journey", 3_246, Draws(0, 0, 8), LATER) == 3_246
