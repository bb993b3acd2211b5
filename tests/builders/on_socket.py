"""A server on a real socket, for clients that others wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from builders.platform import Platform, running_platform
from honeyguide.api.trusted.folder import read_operations, shipped_folder
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.testing.serving import Serving


def shipped(audience: Audience, name: str) -> str:
    """One of the operations that are shipped for apps and tills, with the fragments it needs."""
    return next(one.body for one in read_operations(shipped_folder(), audience, manifests=False) if one.name == name)


DOCUMENTS = {"dashboard": shipped(Audience.MEMBER, "Dashboard"), "purchase": shipped(Audience.PARTNER, "PostPurchase")}


@dataclass(frozen=True)
class Served:
    """A server that anybody may call; each audience has the `url` of its endpoint and a `token`."""

    platform: Platform
    url: str
    member: dict[str, str]
    partner: dict[str, str]
    operator: dict[str, str]


@pytest_asyncio.fixture
async def served(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """With a member, Anna, who bought something, and her grocer."""
    async with running_platform(database, database_url, tmp_path) as platform:
        anna = await platform.enrol(displayName="Anna Adler")
        await platform.post("10.00")
        tokens = {
            Audience.MEMBER: platform.token(Audience.MEMBER, str(anna)),
            Audience.PARTNER: await platform.partner_token("grocer"),
            Audience.OPERATOR: platform.token(Audience.OPERATOR, "olivia"),
        }
        serving = await Serving.start(platform.app, "127.0.0.1", 0)
        try:
            ends = [{"url": f"{serving.url}/{audience}/graphql", "token": tokens[audience]} for audience in tokens]
            yield Served(platform, serving.url, *ends)
        finally:
            await serving.stop()
