"""Publishing: same content keeps tag and date, tags follow commits, and nothing older ever follows something newer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

from honeyguide.wallet import store
from honeyguide.wallet.store import PassRow


async def test_a_new_pass_is_stale_until_it_is_published(shop):
    row = await shop.pass_of(await shop.member())

    published = await shop.wallet.publisher.publish(row.key, shop.wallet.clock())

    assert row.is_stale
    assert not row.is_published
    assert (published.changed, published.tag) == (True, 1)
    assert not (await shop.row(row.key)).is_stale


async def test_asking_for_a_pass_again_gives_the_same(shop):
    member = await shop.member()

    first, second = await asyncio.gather(shop.pass_of(member), shop.pass_of(member))

    assert (first.key, first.serial) == (second.key, second.serial)
    assert len(first.barcode) == 20


async def test_a_change_of_points_shows_on_the_pass(shop):
    """R42."""
    member = await shop.member()
    before = await shop.published_pass(member)

    await shop.give(member, 120)

    stale = await shop.row(before.key)
    after = await shop.published_pass(member)
    assert stale.is_stale
    assert not after.is_stale
    assert (before.face["balance.points"], after.face["balance.points"]) == (0, 120)
    assert after.tag == before.tag + 1
    assert after.shown == after.changed


async def test_the_same_content_keeps_tag_and_date(shop):
    """A44: a change that the pass does not show must not be listed."""
    member = await shop.member()
    before = await shop.published_pass(member)
    await shop.give(member, 50)
    await shop.give(member, -50)

    after = await shop.published_pass(member)

    assert after.shown > before.shown
    assert (after.tag, after.modified_at) == (before.tag, before.modified_at)


async def test_two_changes_within_one_second_have_two_dates(shop):
    """A45: Last-Modified has whole seconds."""
    member = await shop.member()
    rows: list[PassRow] = []
    for _ in range(3):
        await shop.give(member, 10)
        rows.append(await shop.published_pass(member))

    dates = [row.modified_at for row in rows]

    assert all(date.microsecond == 0 for date in dates)
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(dates))


async def test_many_publishers_of_one_pass_agree_on_the_newest_state(shop):
    """X1: whatever the order, the last one shows the last version, and each content has one tag."""
    member = await shop.member()
    row = await shop.published_pass(member)

    async def change_and_publish(points: int) -> None:
        await shop.give(member, points)
        await shop.wallet.publisher.publish(row.key, shop.wallet.clock())

    await asyncio.gather(*(change_and_publish(1) for _ in range(20)))

    after = await shop.row(row.key)
    assert after.face["balance.points"] == 20
    assert not after.is_stale
    assert row.tag < after.tag <= row.tag + 20


async def test_a_pass_issued_while_the_member_shops_is_never_left_behind(shop):
    """R42, X1: the stale mark of a posting that cannot see the new pass yet must not be lost."""
    members = [await shop.member() for _ in range(10)]

    await asyncio.gather(*(shop.give(member, 1) for _ in range(5) for member in members), *(shop.pass_of(member) for member in members))

    behind = await shop.database.pool.fetchval(
        "SELECT count(*) FROM pass JOIN standing USING (program_id, member_id) WHERE pass.changed < standing.version"
    )
    assert behind == 0


async def test_posting_and_publishing_never_deadlock(shop):
    """Nothing is retried away: each of these calls would raise 40P01."""
    rows = [await shop.published_pass(await shop.member()) for _ in range(6)]

    async def shop_and_publish(row: PassRow) -> None:
        for _ in range(10):
            await asyncio.gather(shop.give(row.key.member_id, 1), shop.wallet.publisher.publish(row.key, shop.wallet.clock()))

    await asyncio.gather(*(shop_and_publish(row) for row in rows for _ in range(2)))
    for row in rows:
        await shop.wallet.publisher.publish(row.key, shop.wallet.clock())

    assert {(await shop.row(row.key)).face["balance.points"] for row in rows} == {20}


async def test_passes_are_published_together_or_one_by_one_and_each_has_its_own_tag(shop):
    """A43, X1: who is locked or was overtaken meanwhile is left out, and nobody waits for it."""
    rows = [await shop.published_pass(await shop.member()) for _ in range(5)]
    for row in rows[1:]:
        await shop.give(row.key.member_id, 3)
    keys = [row.key for row in rows]

    async with shop.database.transaction() as busy:
        await busy.execute("SELECT 1 FROM pass WHERE pass_id = $1 FOR UPDATE", rows[4].key.pass_id)
        done = await shop.wallet.publisher.publish_together(keys, shop.wallet.clock())

    after = {row.key: await shop.row(row.key) for row in rows}
    assert set(done) == set(keys[:4])
    assert [done[key].changed for key in keys[:4]] == [False, True, True, True]
    assert after[keys[0]].tag == rows[0].tag
    assert len({after[key].tag for key in keys}) == 5
    assert min(done[key].tag for key in keys[1:4]) > max(row.tag for row in rows)
    assert after[keys[4]].is_stale
    assert not any(after[key].is_stale for key in keys[:4])


async def test_who_was_overtaken_while_it_was_drawn_is_not_published_together(shop):
    """X1: an older drawing never follows a newer one, nor does one of a former token (A25)."""
    rows = [await shop.published_pass(await shop.member()) for _ in range(3)]
    for row in rows:
        await shop.give(row.key.member_id, 1)
    publisher, now = shop.wallet.publisher, shop.wallet.clock()
    drawn = [await publisher._drawn(row.key, now) for row in rows]
    await publisher.publish(rows[0].key, now)
    await store.renew_pass(shop.database.pool, rows[1].serial, now)

    async with shop.database.transaction() as connection:
        ours = await store.lock_passes(connection, [one.row for one in drawn])

    assert ours == {rows[2].key.pass_id}
