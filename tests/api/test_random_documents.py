"""Whatever is asked, by whomever: no failure of ours, a code for every error, nothing of another member's, no cost above the announced one."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections import Counter
from random import Random
from time import monotonic

import orjson
import pytest

from builders.platform import Platform
from builders.spoilt import spoilt
from builders.strangers import NAME, Crowd, Stranger, complaints

MINUTES_OF_A_LONG_RUN = 8
LONG = pytest.param(None, 200_000, marks=[pytest.mark.long, pytest.mark.timeout(1_800)], id="long")


def numbers(first: int | None, count: int) -> range:
    """Always the same for a short run; others each time, and as many as its minutes allow, for a long one."""
    start = int.from_bytes(os.urandom(5)) if first is None else first
    return range(start, start + count)


def asker(crowd: Crowd, random: Random) -> Stranger:
    """Mostly those who are let in."""
    let_in = [one for one in crowd.strangers if one.is_let_in]
    return random.choice(crowd.strangers if random.random() < 0.05 else let_in)


@pytest.mark.parametrize(("first", "count"), [pytest.param(1, 300, id="short"), LONG])
async def test_random_documents_fail_nobody_and_show_nothing_of_others(
    platform: Platform, caplog: pytest.LogCaptureFixture, first: int | None, count: int
) -> None:
    crowd = await Crowd.made(platform)
    caplog.set_level(logging.ERROR)
    wrong: list[str] = []
    seen: Counter[str] = Counter()
    end = monotonic() + 60 * MINUTES_OF_A_LONG_RUN

    himself = await crowd.send(crowd.named("bert"), b'{"query": "{ me { displayName } }"}')
    assert NAME in himself.text  # what is looked for below can be found
    for number in numbers(first, count):
        random = Random(number)
        stranger = asker(crowd, random)
        written = crowd.write(stranger, random)
        body = orjson.dumps({"query": written.text, "variables": written.variables})
        response = await crowd.send(stranger, body)
        found = list(complaints(stranger, body, response))
        codes = {error["extensions"].get("code") for error in response.json().get("errors", ())}
        if codes & {"PARSE_FAILED", "VALIDATION_FAILED", "UNKNOWN_OPERATION"}:
            found.append("the document is not valid")
        seen.update({stranger.name, *(codes or {f"answered {stranger.name}"})})
        wrong += [f"{number}, {stranger.name}: {what}\n{body.decode()}\n{response.text[:1_000]}" for what in found]
        if len(wrong) > 5 or monotonic() > end:
            break

    print(seen)  # what a long run (-rP) was
    assert wrong == [], "\n\n".join(wrong)
    assert logged(caplog) == []
    assert all(seen[f"answered {one.name}"] for one in crowd.strangers if one.is_let_in), seen  # not for nothing


@pytest.mark.parametrize(("first", "count"), [pytest.param(1, 400, id="short"), LONG])
async def test_spoilt_requests_are_refused_by_a_code_change_nothing_and_leave_nothing_in_memory(
    platform: Platform, caplog: pytest.LogCaptureFixture, first: int | None, count: int
) -> None:
    crowd = await Crowd.made(platform)
    caplog.set_level(logging.ERROR)
    before = await contents(platform)
    wrong: list[str] = []
    seen: Counter[str] = Counter()
    sent: set[bytes] = set()
    objects: list[int] = []
    end = monotonic() + 60 * MINUTES_OF_A_LONG_RUN

    for turn, number in enumerate(numbers(first, count)):
        if turn % 200 == 0:
            objects.append(await living_objects())
        random = Random(number)
        stranger = asker(crowd, random)
        body = spoilt(crowd.write(stranger, random), crowd.schema(stranger), random)
        if body in sent:
            continue  # what comes twice may be kept, and that is bounded
        sent.add(body)
        response = await crowd.send(stranger, body)
        found = list(complaints(stranger, body, response))
        if "data" in response.json():
            found.append("it is answered")
        seen.update({error["extensions"].get("code") for error in response.json().get("errors", ())})
        wrong += [f"{number}, {stranger.name}: {what}\n{body.decode(errors='replace')[:2_000]}\n{response.text[:1_000]}" for what in found]
        if len(wrong) > 5 or monotonic() > end:
            break

    objects.append(await living_objects())
    print(seen, objects)
    assert wrong == [], "\n\n".join(wrong)
    assert logged(caplog) == []
    assert await contents(platform) == before
    assert objects[-1] - objects[-2] < 200 * 8  # one request that is remembered is more
    assert seen.keys() >= {"BAD_REQUEST", "PARSE_FAILED", "VALIDATION_FAILED", "BAD_VARIABLES", "UNKNOWN_OPERATION", "TOO_DEEP"}, seen


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Errors; not that asyncpg resets a connection where a read was cancelled in its BEGIN, because a field beside it had failed."""
    lines = [record.getMessage() for record in caplog.records]
    return [line for line in lines if not line.startswith("Resetting connection with an active transaction")]


async def living_objects() -> int:
    """After the loop has forgotten the timers of requests that ended."""
    await asyncio.sleep(0)
    return len(gc.get_objects()) if gc.collect() >= 0 else 0


async def contents(platform: Platform) -> dict[str, str]:
    """A digest of each table."""
    async with platform.services.database.pool.acquire() as connection:
        tables = await connection.fetch(
            "SELECT quote_ident(relname) AS name FROM pg_class "
            "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'rate_bucket'"
        )
        return {
            table["name"]: await connection.fetchval(
                f"SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table['name']} AS t"
            )
            for table in tables
        }
