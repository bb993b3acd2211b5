"""A batch of 500 posts of ten lines must not hold up the others: it is converted, decided and answered in slices."""

import asyncio
import gc
from collections.abc import Callable
from time import monotonic, thread_time

from builders.platform import Platform, purchase
from honeyguide.caller import Audience

BATCH = """
mutation ($input: PostTransactionsInput!) {
  postTransactions(input: $input) {
    ... on BatchPosted {
      results { ... on TransactionPosted { transaction { id reference accruals { quantity unit { code } } } } ... on UserError { code } }
    }
  }
}
"""
# What the slices keep to on an idle machine is a tenth of it; a conversion in one piece takes 600 ms.
LONGEST_HOLD = 0.4


async def test_500_posts_of_ten_lines_leave_turns_to_others(platform: Platform, record_property: Callable[[str, object], None]) -> None:
    for number in range(20):
        await platform.enrol(f"member-{number}@example.test")
    lines = [{"lineId": str(line), "sku": f"sku-{line}", "category": "GROCERY", "quantity": "1", "amount": "1.25"} for line in range(10)]
    posts = [purchase(platform.clock.now, "12.50", f"member-{number % 20}@example.test", lines=lines) for number in range(500)]
    token = await platform.partner_token("grocer")
    held: list[float] = []

    async def watch() -> None:
        while True:
            before = thread_time()  # the processor's: what other processes take of a busy machine is no hold of ours
            await asyncio.sleep(0.001)
            held.append(thread_time() - before)

    gc.collect()
    gc.freeze()  # what other tests of this process left behind is not looked through while the batch runs: that alone takes half a second
    watching = asyncio.create_task(watch())
    started = monotonic()
    answer = (await platform.send(Audience.PARTNER, token, {"query": BATCH, "variables": {"input": {"transactions": posts}}})).json()
    took = monotonic() - started
    watching.cancel()

    record_property("seconds", took)
    record_property("longest hold", max(held))
    print(f"500 x 10 lines in {took:.2f} s, longest hold {max(held) * 1000:.0f} ms")
    results = answer["data"]["postTransactions"]["results"]
    assert [result["transaction"]["reference"] for result in results] == [post["reference"] for post in posts]
    assert max(held) < LONGEST_HOLD
