"""Thousands of random attacks on signing in and identify: no failure, nobody gets in, nothing tells an account, lock-outs end by themselves."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import httpx
import pytest

from builders.attacks import Attack, Attacker
from builders.signing_in import SigningIn, signing_in
from honeyguide.database import Database

AT_ONCE = 8
_ADDRESSES = 300  # that the attacks come from


@pytest.mark.parametrize(
    ("count", "seed"), [(1_000, 1), pytest.param(10_000, 2, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])], ids=["1000", "10000"]
)
async def test_random_attacks_get_nowhere(database: Database, database_url: str, tmp_path: Path, count: int, seed: int) -> None:
    async with signing_in(database, database_url, tmp_path) as door:
        known = [f"known{number}@example.test" for number in range(10)]
        for address in known:
            await door.platform.enrol(address)
        anna = await door.sign_in("anna@example.test")
        before = await _state(database)
        attacker = Attacker(
            Random(seed),
            [*known, *(f"other{number}@example.test" for number in range(10))],
            door.platform.partners["grocer"]["clientId"],
            [anna["refresh_token"], anna["access_token"], door.platform.partners["grocer"]["clientSecret"]],
            await door.platform.partner_token("grocer"),
        )

        answers, times = await _attack(door, [attacker.attack() for _ in range(count)])

        assert max(status for status, _ in answers) < 500, answers
        assert {path for status, path in answers if status == 200} <= {
            "/oauth/revoke",
            "/partner/graphql",
            "/join/grocer-and-fuel",
            "/join",
        }
        assert await _state(database) == before  # no member, no session, no sign-in that ended
        # Both kinds leave on a grid of 25 ms, on which a busy machine moves many at once (test_sign_in.py compares one by one).
        assert abs(median(times["known"]) - median(times["other"])) < 0.0375
        await _all_is_over(door)
        assert (await door.refresh(anna["refresh_token"])).status_code == 200
        assert (await door.sign_in(known[0]))["joined"] is False


async def _attack(door: SigningIn, attacks: list[Attack]) -> tuple[Counter[tuple[int, str]], dict[str, list[float]]]:
    answers: Counter[tuple[int, str]] = Counter()
    times: dict[str, list[float]] = {"known": [], "other": []}
    queue = list(enumerate(attacks))

    async def attack_on() -> None:
        while queue:
            number, attack = queue.pop()
            place = number % _ADDRESSES
            transport = httpx.ASGITransport(door.platform.app, client=(f"198.51.{place // 250}.{place % 250}", 4711))
            async with httpx.AsyncClient(transport=transport, base_url=door.platform.settings.url) as http:
                began = time.perf_counter()
                answer = await _send(http, attack)
                if answer is not None:
                    folder = "/".join(attack.path.split("/")[:2]) if attack.method == "GET" else attack.path[:25]
                    answers[answer.status_code, folder if answer.status_code >= 400 else attack.path] += 1
                    if attack.guess is not None and answer.status_code in (202, 400):
                        times["known" if attack.guess.startswith("known") else "other"].append(time.perf_counter() - began)

    await asyncio.gather(*(attack_on() for _ in range(AT_ONCE)))
    return answers, times


async def _send(http: httpx.AsyncClient, attack: Attack) -> httpx.Response | None:
    try:
        return await http.request(attack.method, attack.path, **attack.sent)
    except (httpx.InvalidURL, UnicodeEncodeError, httpx.LocalProtocolError):
        return None  # the attacker's own library would not send it


async def _state(database: Database) -> list[Any]:
    row = await database.pool.fetchrow(
        "SELECT (SELECT count(*) FROM member), (SELECT count(*) FROM session), (SELECT count(*) FROM session WHERE revoked_at IS NULL), "
        "(SELECT count(*) FROM identifier)"
    )
    return list(row)


async def _all_is_over(door: SigningIn) -> None:
    """An hour later."""
    door.clock.move(minutes=61)
    limits = door.platform.services.sign_in_desk.limits
    for bucket in (limits.wrong, limits.codes, limits.cards, limits.changes):
        bucket._monotonic = lambda: time.monotonic() + 3_660
