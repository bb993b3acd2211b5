"""A43: whatever publishes at the same time as phones ask, no phone misses a change; tags follow commits."""

from __future__ import annotations

import asyncio
from itertools import islice
from types import MappingProxyType

import asyncpg
import pytest

from honeyguide.wallet import store
from honeyguide.wallet.phones import registrations
from honeyguide.wallet.publishing.tags import tag_after, tag_text

PASSES, WRITERS, READERS = 80, 8, 4

# The end of a transaction takes longer for some than for others; that is what makes counters run ahead of commits.
SLOW = store._SQL["publish_passes"].replace(
    "SELECT pass_id, tag, modified_at\nFROM published", "SELECT pass_id, tag, modified_at, pg_sleep(random() * 0.01)\nFROM published"
)
# One in ten ends so late that others overtake it on a busy machine, too.
BY_SEQUENCE = SLOW.replace(
    "UPDATE pass_tag SET tag = tag + cardinality($3::uuid[]) RETURNING tag - cardinality($3::uuid[]) AS before",
    "SELECT max(nextval('mutant_tag')) - cardinality($3::uuid[]) AS before FROM generate_series(1, cardinality($3::uuid[]))",
).replace("random() * 0.01", "0.3 * (random() < 0.1)::integer")


def test_a_tag_of_another_epoch_counts_as_none():
    assert tag_after(tag_text(3, 41), epoch=3, newest=41) == 41
    assert tag_after(tag_text(3, 42), epoch=3, newest=41) == 0  # of no time that was: all passes are listed
    assert tag_after(tag_text(2, 41), epoch=3, newest=41) == 0
    assert tag_after(None, epoch=3, newest=41) == 0


async def test_no_phone_misses_a_change(shop, monkeypatch):
    """A43: with passes published alone and together, while four phones ask."""
    monkeypatch.setattr(store, "_SQL", MappingProxyType({**store._SQL, "publish_passes": SLOW}))

    assert await missed_changes(shop) == 0


async def test_this_test_would_notice_tags_of_a_sequence(shop, monkeypatch, owner_url):
    """Teeth: with a sequence in place of the row, phones do miss changes."""
    monkeypatch.setattr(store, "_SQL", MappingProxyType({**store._SQL, "publish_passes": BY_SEQUENCE}))
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute("CREATE SEQUENCE mutant_tag START 1000; GRANT USAGE ON SEQUENCE mutant_tag TO honeyguide_app")
        missed = 0
        for _ in range(3):  # as a rule the first round shows it
            missed = missed or await missed_changes(shop)
    finally:
        await owner.execute("DROP SEQUENCE mutant_tag")
        await owner.close()

    assert missed > 0


async def missed_changes(shop) -> int:
    """Change every pass once while phones that hold all of them keep asking; how many changes were never listed to one of them."""
    rows = [await shop.published_pass(await shop.member()) for _ in range(PASSES)]
    phones = [f"phone-{rows[0].serial[:8]}-{number}" for number in range(READERS)]
    for phone in phones:
        for row in rows:
            await registrations.register(
                shop.database, row.key, device_id=phone, push_token="ab" * 32, pass_type="pass.x", now=shop.wallet.clock()
            )
    # They have fetched all of them: a pass that a phone never fetched is listed whatever its tag, and no tag would be put to the test.
    await shop.database.pool.execute("UPDATE apple_registration SET listed_at = now(), fetched_at = now(), fetched_tag = wanted_tag")
    done = asyncio.Event()
    listening = [asyncio.create_task(listen(shop, phone, max(row.tag for row in rows), done)) for phone in phones]
    queue, queued = iter(rows), []

    async def write() -> None:
        while some := list(islice(queue, 1 + len(queued) % 3)):
            queued.extend(some)
            for row in some:
                await shop.give(row.key.member_id, 7)
            together = await shop.wallet.publisher.publish_together([row.key for row in some], shop.wallet.clock())
            for row in some:
                if row.key not in together:
                    await shop.wallet.publisher.publish(row.key, shop.wallet.clock())

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    done.set()
    heard = [await phone for phone in listening]
    return sum(len({row.serial for row in rows} - serials) for serials in heard)


async def listen(shop, phone: str, since: int, done: asyncio.Event) -> set[str]:
    """Ask again and again with the last tag, and once more after the last change."""
    heard: set[str] = set()
    last = False
    while True:
        listing = await registrations.list_passes(shop.database.pool, phone, "pass.x", since)
        if listing is not None:
            heard.update(listing.serials)
            since = listing.tag
        if last:
            return heard
        last = done.is_set()
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("parallel", [5])
async def test_tags_are_never_given_twice(shop, parallel):
    rows = [await shop.pass_of(await shop.member()) for _ in range(20)]

    published = await asyncio.gather(
        *(shop.wallet.publisher.publish(row.key, shop.wallet.clock()) for row in rows for _ in range(parallel))
    )

    by_pass = {row.key: {one.tag for one in published[i * parallel : (i + 1) * parallel]} for i, row in enumerate(rows)}
    assert all(len(tags) == 1 for tags in by_pass.values())
    assert len(set().union(*by_pass.values())) == 20
