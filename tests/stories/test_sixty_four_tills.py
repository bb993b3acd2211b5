"""Sixty-four tills post at once: nobody sees an error, the batches coalesce, and the books are sound."""

from __future__ import annotations

import asyncio
import os
import time

from prometheus_client.parser import text_string_to_metric_families

from builders.platform import POST, Platform, purchase
from honeyguide.caller import Audience

TILLS = 64
# The acceptance run takes ten: HONEYGUIDE_LOAD_SECONDS=10.
SECONDS = float(os.environ.get("HONEYGUIDE_LOAD_SECONDS", "3"))
CONSERVATION = "{ conservation { brokenRows { rule detail } } }"


async def test_sixty_four_tills_post_at_once(platform: Platform):
    emails = [f"member-{number}@example.test" for number in range(TILLS // 2)]  # two tills for each member
    for email in emails:
        await platform.enrol(email)
    token = await platform.partner_token("grocer")
    before = await batch_sizes(platform)
    ends = time.perf_counter() + SECONDS

    async def till(number: int) -> list[float]:
        times = []
        while (began := time.perf_counter()) < ends:
            given = purchase(platform.clock(), "12.50", emails[number % len(emails)])
            answer = (await platform.send(Audience.PARTNER, token, {"query": POST, "variables": {"input": given}})).json()
            assert answer["data"]["postTransaction"]["__typename"] == "TransactionPosted", answer
            times.append(time.perf_counter() - began)
        return times

    answered = await asyncio.gather(*(till(number) for number in range(TILLS)))
    times = sorted(one for each in answered for one in each)
    after = await batch_sizes(platform)

    posts, batches = (after[name] - before[name] for name in ("sum", "count"))
    print(f"\n{len(times) / SECONDS:,.0f} purchases/s, p99 {times[len(times) * 99 // 100] * 1000:.0f} ms, {posts / batches:.1f} a batch")
    assert posts == len(times)
    assert posts / batches > 1.5
    assert (await platform.as_operator(CONSERVATION))["conservation"]["brokenRows"] == []


async def batch_sizes(platform: Platform) -> dict[str, float]:
    """Sum and count of the batch size histogram, as Prometheus reads them."""
    metrics = (await platform.http.get("/metrics")).text
    family = next(one for one in text_string_to_metric_families(metrics) if one.name == "honeyguide_till_batch_size")
    return {sample.name.rpartition("_")[2]: sample.value for sample in family.samples if not sample.name.endswith("bucket")}
