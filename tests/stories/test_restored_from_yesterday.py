"""The database is lost and yesterday's backup restored: phones, Google and partners converge to what would be without the loss."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from builders.own_cluster import put_prepared
from builders.platform import ENROL, POST, Platform, key, purchase
from builders.town import Town, running_town, until, world_around
from honeyguide.database.embedded import SUPERUSER, EmbeddedServer
from honeyguide.database.postgres_binaries import run, system_user
from honeyguide.database.roles import OWNER
from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.iphone import VirtualIPhone

ANNA, CARA = "anna@example.test", "cara@example.test"
FIELDS = """
  tier { tier { code } } accounts { unit { code } available pending }
  activity(first: 50) { edges { node { kind quantity title occurredAt unit { code } } } }
"""
REDEEM = """
mutation Redeem($input: RedeemInput!) {
  redeem(input: $input) { __typename ... on Redeemed { replayed transaction { id reference } } ... on UserError { code message } }
}
"""
CONSERVATION = "{ conservation { brokenRows { rule detail } } }"


class Backup(Protocol):
    """One of the two procedures of docs/backup-and-restore.md."""

    url: str

    async def take(self) -> None: ...

    async def lose_and_restore(self) -> None: ...


@dataclass
class Journal:
    """What a partner's till sent, in order, to be sent again under the same keys."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def send(self, platform: Platform, document: str, given: dict[str, Any]) -> dict[str, Any]:
        self.sent.append((document, given))
        return await answer(platform, document, given)


async def answer(platform: Platform, document: str, given: dict[str, Any]) -> dict[str, Any]:
    (result,) = (await platform.as_partner("grocer", document, {"input": given})).values()
    return dict(result)


def redemption(points: str) -> dict[str, Any]:
    return {
        "idempotencyKey": key(),
        "reference": key(),
        "member": {"email": ANNA},
        "unit": "points",
        "quantity": points,
        "occurredAt": datetime.now(UTC).isoformat(),
    }


async def test_after_yesterdays_dump_is_restored_all_converge(pg_dump: Dumped, tmp_path: Path) -> None:
    await lose_a_day_and_converge(pg_dump, tmp_path)


async def test_after_going_back_to_a_point_in_time_all_converge(point_in_time: Archived, tmp_path: Path) -> None:
    await lose_a_day_and_converge(point_in_time, tmp_path)


async def lose_a_day_and_converge(backup: Backup, folder: Path) -> None:
    journal, said = Journal(), list[str]()
    async with world_around(folder) as world, httpx.AsyncClient(trust_env=False) as http:
        iphones = [VirtualIPhone(ca=world.ca, http=http, say=said.append, name=name) for name in ("asks by itself", "waits for a push")]
        android = VirtualAndroid(world.google)

        def all_show(points: str) -> bool:
            shown = [*(iphone.fields(next(iter(iphone.passes)))["points"] for iphone in iphones), android.screen["Points"]]
            return {text.replace(",", "") for text in shown} == {points}

        async with running_town(backup.url, world) as town:
            town.work()
            yesterday, end = await lived(town, backup, journal, iphones, android, all_show)
            partners = town.platform.partners
        tags = [dict(iphone.tags) for iphone in iphones]
        for iphone in iphones:
            iphone.log.clear()  # in a burst a fetch may bring more than was listed, and the next one nothing: no matter of restores

        await backup.lose_and_restore()

        async with running_town(backup.url, world) as town:
            town.platform.partners.update(partners)
            # The one phone asks before anybody has resent anything: it goes back to what the books know, though its date is later (A45).
            (serial,) = iphones[0].passes
            await iphones[0].refresh(serial)
            assert iphones[0].fields(serial)["points"].replace(",", "") == points_of(yesterday)

            # Partners send their journal again, from a few before the backup on: what the books know is replayed, the rest posted once.
            again = [await answer(town.platform, *one) for one in journal.sent]
            third = [await answer(town.platform, *one) for one in journal.sent]
            assert [one["replayed"] for one in again] == [True] * 3 + [False] * 5
            assert all(one["replayed"] for one in third)
            assert {ANNA: await town.me(ANNA, FIELDS), CARA: await town.me(CARA, FIELDS)} == end

            # Work goes on: each phone is woken, also the one whose tag and date come from the lost time, and Google's object patched.
            pushes = len(world.apns.pushes)
            town.work()
            await until(lambda: all_show(points_of(end[ANNA])))
            assert len(world.apns.pushes) > pushes
            await town.platform.post("10.00", email=ANNA)
            after = await town.me(ANNA, FIELDS)
            await until(lambda: all_show(points_of(after)))

            assert all(set(dict(iphone.tags).items()).isdisjoint(before.items()) for iphone, before in zip(iphones, tags, strict=True))
            assert [iphone.log for iphone in iphones] == [[], []]
            assert list(world.apns.complaints) == []
            assert (await town.platform.as_operator(CONSERVATION))["conservation"]["brokenRows"] == []


async def lived(
    town: Town, backup: Backup, journal: Journal, iphones: list[VirtualIPhone], android: VirtualAndroid, all_show: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two days: what Anna's books say at the backup, and what those of both members say when the database is lost."""
    platform, clock = town.platform, town.platform.clock
    add_url = await town.add_url(ANNA)
    for iphone in iphones:
        town.world.hears(iphone)
        await iphone.install(f"{add_url}.pkpass")
    await android.save(add_url)
    await journal.send(platform, POST, purchase(clock(), "140.00", ANNA))
    await journal.send(platform, REDEEM, redemption("30"))
    await journal.send(platform, POST, purchase(clock(), "25.00", ANNA))
    yesterday = await town.me(ANNA, FIELDS)
    await until(lambda: all_show(points_of(yesterday)))

    await backup.take()

    await journal.send(platform, POST, purchase(clock(), "1200.00", ANNA))
    await journal.send(platform, ENROL, {"idempotencyKey": key(), "email": CARA})
    await journal.send(platform, POST, purchase(clock(), "55.00", CARA))
    await journal.send(platform, REDEEM, redemption("100"))
    await journal.send(platform, POST, purchase(clock(), "33.00", ANNA))
    end = {ANNA: await town.me(ANNA, FIELDS), CARA: await town.me(CARA, FIELDS)}
    await until(lambda: all_show(points_of(end[ANNA])))
    assert points_of(end[ANNA]) != points_of(yesterday)
    assert end[ANNA]["tier"] != yesterday["tier"]
    return yesterday, end


def points_of(me: dict[str, Any]) -> str:
    return str(next(account["available"] for account in me["accounts"] if account["unit"]["code"] == "points"))


@dataclass
class Dumped:
    """`honeyguide backup` and `honeyguide restore`, as an operator types them."""

    url: str
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "yesterday.dump"

    async def take(self) -> None:
        await asyncio.to_thread(honeyguide, "backup", str(self.file), DATABASE_URL=self.url)

    async def lose_and_restore(self) -> None:
        name = urlsplit(self.url).path.removeprefix("/")
        admin = await asyncpg.connect(urlsplit(self.url)._replace(path="/postgres").geturl())
        try:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        finally:
            await admin.close()
        said = await asyncio.to_thread(honeyguide, "restore", str(self.file), DATABASE_URL=self.url)
        assert "1 passes will be drawn anew, 2 phones woken, 1 objects at Google compared" in said


@pytest.fixture
def pg_dump(migrated_database_url: str, tmp_path: Path) -> Dumped:
    return Dumped(migrated_database_url, tmp_path)


@dataclass
class Archived:
    """A base backup and the archive of all that was written since, as the document sets them up."""

    server: EmbeddedServer
    folder: Path
    moment: datetime | None = None

    @property
    def url(self) -> str:
        return self.server.url()

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def base(self) -> Path:
        return self.folder / "base"

    async def set_up(self) -> None:
        private_folder(self.archive)
        private_folder(self.base)
        await self.sql("ALTER SYSTEM SET archive_mode = on")
        await self.sql(f"ALTER SYSTEM SET archive_command = 'test ! -f {self.archive}/%f && cp %p {self.archive}/%f'")
        await asyncio.to_thread(self.restart)
        socket = str(self.server.socket_folder)
        await asyncio.to_thread(run, "pg_basebackup", "-h", socket, "-U", SUPERUSER, "-D", str(self.base), "--checkpoint=fast")
        await asyncio.to_thread(run, "pg_verifybackup", str(self.base))

    async def take(self) -> None:
        """Nothing to do: any moment can be gone back to. This one it will be."""
        await asyncio.sleep(0.05)
        self.moment = datetime.now(UTC)
        await asyncio.sleep(0.05)

    async def lose_and_restore(self) -> None:
        file = await self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        async with asyncio.timeout(10):
            while not (self.archive / file).exists():  # noqa: ASYNC110  it is PostgreSQL that copies it
                await asyncio.sleep(0.02)
        assert self.server.pid is not None
        os.kill(self.server.pid, signal.SIGKILL)
        await asyncio.to_thread(self.recover)
        said = await asyncio.to_thread(honeyguide, "after-restore", DATABASE_URL=self.url)
        assert "1 passes will be drawn anew, 2 phones woken, 1 objects at Google compared" in said

    def recover(self) -> None:
        """The cluster's folder is gone; the base backup takes its place and is told how far to go."""
        assert self.moment is not None
        shutil.rmtree(self.server.folder)
        shutil.move(self.base, self.server.folder)
        with (self.server.folder / "postgresql.auto.conf").open("a") as file:
            file.write(
                f"archive_mode = off\nrestore_command = 'cp {self.archive}/%f %p'\n"
                f"recovery_target_time = '{self.moment.isoformat()}'\nrecovery_target_action = promote\n"
            )
        (self.server.folder / "recovery.signal").touch()
        self.restart()

    def restart(self) -> None:
        self.server.close()
        self.server = EmbeddedServer.open(self.server.data_dir)

    async def sql(self, statement: str) -> Any:
        connection = await asyncpg.connect(self.server.url(SUPERUSER))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


@pytest.fixture
async def point_in_time(data_dir: Path) -> AsyncIterator[Archived]:
    if "TEST_DATABASE_URL" in os.environ:
        pytest.skip("needs a cluster of its own, which only the embedded server gives a test")
    await asyncio.to_thread(put_prepared, data_dir)
    backup = Archived(await asyncio.to_thread(EmbeddedServer.open, data_dir), data_dir)
    await backup.set_up()
    yield backup
    await asyncio.to_thread(backup.server.close)


def private_folder(folder: Path) -> None:
    """One that PostgreSQL's own user writes to."""
    folder.mkdir(mode=0o700)
    if (user := system_user()) is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def honeyguide(*arguments: str, **environment: str) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "honeyguide.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
