"""Run every check, each with an end, on an installation as it stands; nothing is made, started for good, or changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import asyncpg

from honeyguide.database.database import DOWN
from honeyguide.database.embedded import EmbeddedServer
from honeyguide.database.postgres_binaries import PostgresFailed
from honeyguide.doctor.finding import Examined, Finding, failure
from honeyguide.doctor.registry import CHECKS
from honeyguide.egress import Egress, EgressPolicy
from honeyguide.settings import Settings

_PATIENCE = 20.0


async def examine(settings: Settings, now: datetime) -> dict[str, list[Finding]]:
    """Findings by check, in the order of the registry."""
    egress = _egress(settings)
    try:
        async with _with_database(Examined(settings, now, egress)) as examined:
            return {name: await _one(name, examined) for name in CHECKS}
    finally:
        await egress.close()


async def _one(name: str, examined: Examined) -> list[Finding]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return list(await CHECKS[name](examined))
    except TimeoutError:
        return [failure(f"no answer within {_PATIENCE:.0f} seconds", "try again; then look at the network")]
    except (OSError, asyncpg.PostgresError) as error:
        # The class alone: a message may quote what it was given.
        return [failure(f"could not be checked ({type(error).__name__})", "run doctor as the user that serves")]


def _egress(settings: Settings) -> Egress:
    try:
        return Egress.of(settings)
    except ValueError:
        return Egress(EgressPolicy())  # its own check tells what is wrong with the allow list
    except OSError:
        return Egress(EgressPolicy.of(settings.model_copy(update={"egress_ca": None})))


@asynccontextmanager
async def _with_database(examined: Examined) -> AsyncIterator[Examined]:
    settings = examined.settings
    if settings.database_url is not None:
        async with _connected(examined, settings.database_url.get_secret_value()) as found:
            yield found
        return
    if not EmbeddedServer(settings.data_dir).exists:
        yield replace(examined, trouble="there is no database yet")
        return
    try:
        server = await asyncio.to_thread(EmbeddedServer.open, settings.data_dir)
    except (PostgresFailed, OSError):
        yield replace(examined, trouble="the embedded database does not start")
        return
    try:
        async with _connected(examined, server.url()) as found:
            yield found
    finally:
        await asyncio.to_thread(server.close)


@asynccontextmanager
async def _connected(examined: Examined, url: str) -> AsyncIterator[Examined]:
    try:
        connection = await asyncpg.connect(url, timeout=_PATIENCE / 2, command_timeout=_PATIENCE / 2)
    except (*DOWN, asyncpg.PostgresError, TimeoutError, ValueError) as error:
        yield replace(examined, trouble=f"the database does not answer ({type(error).__name__})")
        return
    try:
        yield replace(examined, database=connection, database_url=url)
    finally:
        await connection.close()
