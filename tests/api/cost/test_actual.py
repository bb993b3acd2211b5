"""C4: whatever is asked, what was answered never costs more than was announced."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import orjson

from builders.examples import IS_LONG
from builders.platform import Platform, running_platform
from builders.strangers import Crowd
from builders.subscriber import ACCOUNTS, subscribed
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.identity.rates import bucket_of

EXAMPLES = 5_000 if IS_LONG else 150


async def test_c4_random_operations_never_cost_more_than_they_announced(platform: Platform) -> None:
    crowd = await Crowd.made(platform)
    seen: Counter[str] = Counter()

    for number in range(EXAMPLES):
        random = Random(1_000_000 + number)
        stranger = random.choice([one for one in crowd.strangers if one.is_let_in])
        written = crowd.write(stranger, random)
        answer = (await crowd.send(stranger, orjson.dumps({"query": written.text, "variables": written.variables}))).json()

        cost = answer.get("extensions", {}).get("cost")
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert cost is not None or codes & {"BAD_VARIABLES", "VALIDATION_FAILED", "TOO_DEEP", "TOO_MANY_ALIASES"}, (written, answer)
        if cost is not None:
            actual = cost["actualQueryCost"]
            assert actual is None or 0 <= actual <= cost["requestedQueryCost"], (written, answer)
            seen[f"{stranger.audience} {'something' if actual else 'nothing'}"] += 1

    assert all(seen[f"{audience} something"] > EXAMPLES / 30 for audience in Audience), seen


async def test_each_event_of_a_subscription_is_charged_and_who_has_nothing_left_waits_and_hears_of_it_later(
    database: Database, database_url: str, home: Path
) -> None:
    """An event is an account and its unit: 2."""
    bounds = {"cost_capacity_member": 5, "cost_restore_member": 1, "cost_limit_member": 5}
    async with running_platform(database, database_url, home, **bounds) as platform:
        anna = await platform.enrol()
        await platform.post("10.00")
        charging = platform.services.charging
        bucket = bucket_of(Caller(Audience.MEMBER, platform.program_id, str(anna)), charging._by_audience[Audience.MEMBER])

        async with subscribed(platform, anna, ACCOUNTS) as accounts:
            await accounts.next()
            assert charging._rates.available(bucket) <= 5 - 2 + 1
            for amount in ("20.00", "30.00"):
                await platform.post(amount)
                heard = await accounts.next()

        assert heard["available"] == "60"


async def test_who_leaves_before_the_first_event_has_paid_for_what_was_read(database: Database, database_url: str, home: Path) -> None:
    bounds = {"cost_capacity_member": 5, "cost_restore_member": 1, "cost_limit_member": 5}
    async with running_platform(database, database_url, home, **bounds) as platform:
        anna = await platform.enrol()
        charging = platform.services.charging
        bucket = bucket_of(Caller(Audience.MEMBER, platform.program_id, str(anna)), charging._by_audience[Audience.MEMBER])

        async with subscribed(platform, anna, ACCOUNTS) as accounts:
            assert await accounts.hears_nothing(0.0)

        assert charging._rates.available(bucket) <= 5 - 2 + 1
