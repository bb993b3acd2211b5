"""Migrations: from nothing, twice, two at once, and with too few rights."""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from honeyguide.database import Database
from honeyguide.database.lint import ACROSS_MEMBERS, lint_database, lint_statements, post_path_statements
from honeyguide.database.migrate import migrate, migration_names, tortoise_config
from honeyguide.database.roles import RolesMissing


async def test_an_empty_database_gets_every_migration_and_a_second_run_none(new_database_url: str) -> None:
    first = await migrate(new_database_url)
    second = await migrate(new_database_url)

    assert first == migration_names()
    assert second == []


async def test_two_processes_that_migrate_at_once_take_turns(new_database_url: str) -> None:
    script = "import asyncio, sys; from honeyguide.database.migrate import migrate; print(len(asyncio.run(migrate(sys.argv[1]))))"

    async def process() -> tuple[int | None, bytes]:
        running = await asyncio.create_subprocess_exec(sys.executable, "-c", script, new_database_url, stdout=asyncio.subprocess.PIPE)
        said, _ = await running.communicate()
        return running.returncode, said.strip()

    results = await asyncio.gather(process(), process())

    assert sorted(results) == sorted([(0, str(len(migration_names())).encode()), (0, b"0")])


async def test_a_migration_that_fails_leaves_nothing_behind(new_database_url: str) -> None:
    connection = await asyncpg.connect(new_database_url)
    await connection.execute("CREATE VIEW conservation AS SELECT 1 AS in_the_way")

    with pytest.raises(Exception, match="conservation"):
        await migrate(new_database_url)

    tables = await connection.fetch("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert tables == []


async def test_models_and_migrations_agree() -> None:
    config = tortoise_config("postgresql:///unused")
    async with TortoiseContext() as context:
        await Tortoise.init(config=config, init_connections=False)
        assert context.apps is not None
        missing = await MigrationAutodetector(context.apps, config["apps"]).changes()

    assert missing == []


async def test_a_database_that_is_behind_says_so(new_database_url: str) -> None:
    database = await Database.open(new_database_url)
    before = await database.trouble()
    await migrate(new_database_url)
    after = await database.trouble()
    await database.close()

    assert before is not None
    assert "honeyguide migrate" in before
    assert after is None


async def test_a_login_without_rights_is_told_what_an_administrator_runs(new_database_url: str) -> None:
    admin = await asyncpg.connect(new_database_url)
    await admin.execute(
        "DO $$ BEGIN CREATE ROLE honeyguide_guest LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    await admin.close()
    address = urlsplit(new_database_url)
    guest = address._replace(netloc=address.netloc.replace("postgres@", "honeyguide_guest@")).geturl()

    with pytest.raises(RolesMissing, match='GRANT honeyguide_owner, honeyguide_app TO "honeyguide_guest"'):
        await migrate(guest)


async def test_the_structure_can_be_distributed_by_member(owner_url: str) -> None:
    assert await lint_database(owner_url) == []
    assert lint_statements() == []


def test_exceptions_from_the_lint_are_statements_that_exist() -> None:
    known = {place.rpartition(" ")[2] for place in post_path_statements()}

    assert ACROSS_MEMBERS.keys() <= known


async def test_the_lint_sees_a_key_that_is_not_led_by_the_member(migrated_database_url: str) -> None:
    connection = await asyncpg.connect(migrated_database_url)
    await connection.execute("ALTER TABLE lot DROP CONSTRAINT lot_pkey, ADD PRIMARY KEY (lot_id)")
    await connection.execute("ALTER TABLE transfer ADD FOREIGN KEY (program_id) REFERENCES program")
    await connection.execute("CREATE TABLE forgotten (id int PRIMARY KEY)")
    await connection.close()

    findings = await lint_database(migrated_database_url)

    assert findings == [
        "the key of lot is (lot_id): program_id, member_id must lead it",
        "table transfer has a foreign key: there are none in the post path",
        "the application role may not read forgotten: grant it in the migration that makes it",
    ]
