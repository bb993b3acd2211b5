"""Brings a database to the newest structure with Tortoise's own migrations: all of them in one transaction, or none."""

from __future__ import annotations

import logging
import pkgutil
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.operations import AddField, CreateModel, RunSQL
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.transactions import in_transaction

import honeyguide.migrations
from honeyguide.database.connections import Executor
from honeyguide.database.roles import APPLICATION, OWNER, ensure_roles

APP = "honeyguide"
SLICES = (
    "programs",
    "coalition",
    "identity",
    "identity.rates",
    "identity.second_approver",
    "members",
    "ledger",
    "till",
    "transactions",
    "wallet",
    "wallet.messages",
    "replay",
    "audit",
    "api.live",
)
# Two processes that migrate at once take turns; the number only has to differ from other users of the server.
LOCK = 0x_401E_961D


def tortoise_config(owner_url: str) -> dict[str, Any]:
    """One app for all slices, so that their migrations have one order."""
    return {
        "connections": {"default": {"engine": "honeyguide.database.owner_engine", "credentials": {"dsn": owner_url, "role": OWNER}}},
        "apps": {
            APP: {
                "models": [f"honeyguide.{name}.tables" for name in SLICES],
                "default_connection": "default",
                "migrations": "honeyguide.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


class _Present(State):
    """How things are, for operations that never ask how they were."""

    def clone(self) -> State:
        return self


class _Executor(MigrationExecutor):
    """Before each operation Tortoise copies all models: two thirds of the time of all migrations, and those that only add never look at it."""

    only_adds = False

    async def _project_state(self, *arguments: Any, **named: Any) -> State:
        state = await super()._project_state(*arguments, **named)
        return _Present(models=state.models, apps=state.apps) if self.only_adds else state


async def migrate(owner_url: str, application_url: str | None = None) -> list[str]:
    """Apply what is missing and return its names; raises RolesMissing, or the database's error with nothing changed.

    Where the application logs in as its role with a password, that password is set too.
    """
    await _prepare_roles(owner_url, application_url)
    # At DEBUG Tortoise prints every SQL value it sends.
    logging.getLogger("tortoise").setLevel(logging.WARNING)
    async with TortoiseContext():
        await Tortoise.init(config=tortoise_config(owner_url))
        get_connection("default")
        async with in_transaction("default") as connection:
            await connection.execute_query_dict("SELECT pg_advisory_xact_lock($1)", [LOCK])
            executor = _Executor(connection, tortoise_config(owner_url)["apps"])
            # The recorder takes a failed read for "nothing applied", which would poison this transaction: create its table first.
            await executor.recorder.ensure_schema(AsyncpgSchemaEditor(connection, atomic=False))
            plan = await executor.plan()
            executor.only_adds = all(isinstance(one, CreateModel | AddField | RunSQL) for step in plan for one in step.migration.operations)
            await executor.migrate(direction="forward")
    return [step.migration.name for step in plan]


async def missing_migrations(executor: Executor) -> list[str]:
    """Names of the migrations this code brings and the database lacks."""
    applied = {row["name"] for row in await executor.fetch("SELECT name FROM tortoise_migrations WHERE app = $1", APP)}
    return [name for name in migration_names() if name not in applied]


def migration_names() -> list[str]:
    """All migrations of this release in order; their numbers lead their names."""
    return sorted(module.name for module in pkgutil.iter_modules(honeyguide.migrations.__path__) if module.name[0].isdigit())


async def _prepare_roles(owner_url: str, application_url: str | None) -> None:
    login = urlsplit(application_url or "")
    password = unquote(login.password) if login.username == APPLICATION and login.password else None
    connection = await asyncpg.connect(owner_url)
    try:
        await ensure_roles(connection, password)
    finally:
        await connection.close()
