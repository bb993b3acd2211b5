"""What a phone is told whose memory is ahead of the books, because a backup was restored (A32, A43, A45)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType

import pytest

from honeyguide.wallet.publishing import after_restore as module
from honeyguide.wallet.publishing.after_restore import Renewed, StillServing, after_restore
from honeyguide.wallet.publishing.tags import tag_after


class Yesterday:
    """The wallet's tables as a backup of now would bring them back."""

    TABLES = ("pass", "pass_tag", "apple_registration", "google_object")

    def __init__(self, shop) -> None:
        self._pool = shop.database.pool

    async def keep(self) -> Yesterday:
        self._rows = {table: await self._pool.fetch(f"SELECT * FROM {table}") for table in self.TABLES}
        return self

    async def restore(self) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            for table, rows in self._rows.items():
                await connection.execute(f"DELETE FROM {table}")
                for row in rows:
                    names = ", ".join(f'"{name}"' for name, _ in row.items())
                    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
                    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())
            # The books of the backup and those of now are equal in what these tests show, though their version went on.
            await connection.execute(
                "UPDATE pass SET changed = s.version, shown = s.version FROM standing s WHERE s.member_id = pass.member_id"
            )


@pytest.fixture
def alone(monkeypatch):
    """The sessions of the fixtures do not count."""
    nobody = "SELECT '' AS application_name, 0 AS sessions WHERE false"
    monkeypatch.setattr(module, "_SQL", MappingProxyType({**module._SQL, "sessions_of_ours": nobody}))


async def run_after_restore(shop, now: datetime | None = None) -> Renewed:
    async with shop.database.pool.acquire() as connection:
        outcome = await after_restore(connection, now or datetime.now(UTC))
    assert isinstance(outcome, Renewed), outcome
    return outcome


async def nothing_happens(_push: object) -> None:
    """A phone that hears and does not ask."""


async def phone_from_the_future(shop, new_phone):
    """A phone that fetched a state which the restored books have forgotten; its tag, its date, and what it has fetched before."""
    member = await shop.member()
    phone = await new_phone(member)
    await phone.register()
    await shop.database.pool.execute("UPDATE pass SET modified_at = modified_at - interval '1 day'")
    await phone.fetch()
    yesterday = await Yesterday(shop).keep()
    await shop.give(member, 5)
    await shop.published_pass(member)
    seen = await phone.fetch()
    tag = (await phone.changed()).json()["lastUpdated"]
    await shop.give(member, -5)  # the balance of the backup again, and the same bytes
    await yesterday.restore()
    return phone, tag, seen.headers["last-modified"]


async def test_without_the_step_a_phone_from_the_future_takes_the_truth_for_old(shop, new_phone):
    """Why it exists: once the counter has passed its tag nothing is listed to it, and its date answers 304 though it shows something else."""
    phone, tag, date = await phone_from_the_future(shop, new_phone)
    await shop.database.pool.execute("UPDATE pass_tag SET tag = tag + 5")  # others' passes; until then the tag counts as unknown (A43)

    assert (await phone.changed(tag)).status_code == 204
    assert (await phone.fetch(since=date)).status_code == 304


async def test_after_it_the_phone_is_told_to_fetch_and_gets_the_pass(shop, new_phone, alone):
    phone, tag, date = await phone_from_the_future(shop, new_phone)

    renewed = await run_after_restore(shop)
    listed = (await phone.changed(tag)).json()
    fetched = await phone.fetch(since=date)

    assert (renewed.passes, renewed.phones) == (1, 1)
    assert listed["serialNumbers"] == [phone.row.serial]
    assert fetched.status_code == 200
    # Once: from here on all is as ever.
    after = (await phone.changed(tag)).json()["lastUpdated"]
    assert tag_after(after, renewed.epoch, 10**9) > 0
    assert (await phone.changed(after)).status_code == 204
    assert (await phone.fetch(since=fetched.headers["last-modified"])).status_code == 304


async def test_each_phone_and_object_is_due_once_though_the_content_is_equal(shop, new_phone, alone, worker):
    phone = await new_phone(await shop.member())
    worker.apns.connect(phone.push_token, nothing_happens)
    await phone.register()
    await worker.google.bring(phone.row, patience=10)
    await worker.deliver()
    pushes, calls = len(worker.apns.pushes), len(worker.google_simulator.calls)

    await run_after_restore(shop, datetime.now(UTC))
    await run_after_restore(shop, datetime.now(UTC))
    await worker.deliver()
    await worker.deliver()

    assert len(worker.apns.pushes) - pushes == 1
    assert [(method, status) for method, _, status in list(worker.google_simulator.calls)[calls:]] == [("POST", 409), ("GET", 200)]
    row = await shop.row(phone.row.key)
    assert row.tag > phone.row.tag
    assert row.modified_at > phone.row.modified_at


async def test_what_google_shows_from_the_lost_time_is_patched(shop, new_phone, alone, worker):
    member = await shop.member()
    phone = await new_phone(member)
    await worker.google.bring(phone.row, patience=10)
    yesterday = await Yesterday(shop).keep()
    await shop.give(member, 77)
    await worker.deliver()
    (card,) = worker.google_simulator.objects.values()
    future = card["loyaltyPoints"]["balance"]["int"]
    await shop.give(member, -77)
    await yesterday.restore()

    await run_after_restore(shop)
    await worker.deliver()

    (card,) = worker.google_simulator.objects.values()
    assert (future, card["loyaltyPoints"]["balance"]["int"]) == (77, 0)


async def test_a_phone_whose_registration_is_lost_may_fetch_and_hears_again_once_it_registers(shop, new_phone, alone, worker):
    """iOS does not repeat a registration by itself: docs/backup-and-restore.md says what its owner does."""
    member = await shop.member()
    phone = await new_phone(member)
    worker.apns.connect(phone.push_token, nothing_happens)
    yesterday = await Yesterday(shop).keep()
    await phone.register()
    date = (await phone.fetch()).headers["last-modified"]
    await yesterday.restore()

    await run_after_restore(shop)
    await worker.deliver()
    unheard, fetched = len(worker.apns.pushes), await phone.fetch(since=date)
    registered = await phone.register()
    await shop.give(member, 5)
    await worker.deliver()

    assert (unheard, fetched.status_code, registered.status_code) == (0, 200, 201)
    assert len(worker.apns.pushes) == 1


async def test_a_pass_that_the_backup_does_not_know_is_401(shop, new_phone, alone):
    yesterday = await Yesterday(shop).keep()
    phone = await new_phone(await shop.member())
    await yesterday.restore()

    await run_after_restore(shop)

    assert (await phone.fetch()).status_code == 401


async def test_two_restores_of_one_backup_have_two_epochs(shop, new_phone, alone):
    await new_phone(await shop.member())
    yesterday, now = await Yesterday(shop).keep(), datetime.now(UTC)

    first = await run_after_restore(shop, now)
    await yesterday.restore()
    second = await run_after_restore(shop, now + timedelta(seconds=1))
    again = await run_after_restore(shop, now - timedelta(days=900))

    assert first.epoch < second.epoch < again.epoch
    assert tag_after(f"{second.epoch}.7", second.epoch, 7) == 7


async def test_a_date_ahead_of_the_clock_that_is_not_ours_counts_as_none(shop, new_phone):
    """A burst lets dates run ahead of the clock by a second each (A45); a restore takes back what they stood for."""
    phone = await new_phone(await shop.member())
    ahead = datetime.now(UTC) + timedelta(hours=1)

    foreign = await phone.fetch(since=format_datetime(ahead, usegmt=True))
    await shop.database.pool.execute("UPDATE pass SET modified_at = $1", ahead.replace(microsecond=0))
    ours = await phone.fetch(since=format_datetime(ahead, usegmt=True))

    assert (foreign.status_code, ours.status_code) == (200, 304)


async def test_it_refuses_while_a_server_or_worker_is_connected(shop, new_phone):
    member = await shop.member()
    await shop.give(member, 1)
    phone = await new_phone(member)
    async with shop.database.pool.acquire() as connection:
        outcome = await after_restore(connection, datetime.now(UTC))

    assert isinstance(outcome, StillServing)
    assert outcome.sessions["honeyguide till"] >= 1
    assert (await shop.row(phone.row.key)).tag == phone.row.tag
    assert not (await shop.row(phone.row.key)).is_stale
