"""A door for providers' tokens on a real database, with the two programs that a company may have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest_asyncio

from builders.outside import way_out
from builders.programs import source
from builders.provider import OwnProvider, own_provider
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.egress import Egress
from honeyguide.identity.keys import open_key_ring
from honeyguide.identity.providers import store
from honeyguide.identity.providers.directory import ProviderDirectory, fetch_by
from honeyguide.identity.providers.door import ProviderDoor
from honeyguide.identity.providers.erased import ErasedSignIns
from honeyguide.identity.providers.joining import Members
from honeyguide.identity.providers.provider import Provider, ProviderOptions
from honeyguide.identity.refusal import Refusal, TokenRefused
from honeyguide.identity.revocations import Revocations
from honeyguide.identity.token_door import TokenDoor
from honeyguide.members.person import PersonVault
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied, Programs


@dataclass
class Ticks:
    """A monotonic clock that the test moves."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Entry:
    """The door of a process, and all that stands behind it."""

    database: Database
    directory: ProviderDirectory
    revocations: Revocations
    door: TokenDoor
    members: Members
    programs: list[UUID]
    idp: OwnProvider
    ticks: Ticks
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def trust(self, audience: Audience = Audience.MEMBER, program: int = 0, **more: Any) -> Provider:
        """A provider for the program's members, or for its operators with the roles of `groups`."""
        roles = {"roles_claim": "groups", "roles": {"boss": "admin", "desk": "agent"}} if audience is Audience.OPERATOR else {}
        options = ProviderOptions.model_validate({**roles, **more.pop("options", {})}, strict=False)
        base = Provider(self.programs[program], "corp", audience, self.idp.issuer, ("app",), None, frozenset({"RS256"}), options)
        provider = replace(base, **more)
        async with self.database.transaction() as connection:
            assert await store.put_provider(connection, provider, self.now)
        await self.revocations.refresh()
        return provider

    async def remove(self, provider: Provider) -> None:
        async with self.database.transaction() as connection:
            assert await store.remove_provider(connection, provider.program_id, provider.provider_id, self.now)
        await self.revocations.refresh()

    def claims(self, **more: Any) -> dict[str, Any]:
        """Of a good token, with some changed; None removes one."""
        now = int(self.now.timestamp())
        return {k: v for k, v in {"sub": "anna", "aud": "app", "iat": now, "exp": now + 600, **more}.items() if v is not None}

    async def ask(self, token: str, audience: Audience = Audience.MEMBER) -> Caller | Refusal:
        found = await self.door.verify(token, audience, self.now)
        return found.reason if isinstance(found, TokenRefused) else found

    async def sign_in(self, audience: Audience = Audience.MEMBER, **claims: Any) -> Caller | Refusal:
        return await self.ask(self.idp.token(**self.claims(**claims)), audience)


OWN_ISSUER = "https://loyalty.example"


def program_source(code: str, more: str = "") -> str:
    """A program of little, under this code."""
    return source(more=more).replace("code: club", f"code: {code}", 1)


@pytest_asyncio.fixture
async def egress() -> AsyncIterator[Egress]:
    async with way_out("127.0.0.0/8") as egress:
        yield egress


@pytest_asyncio.fixture
async def entry(database: Database, egress: Egress, tmp_path: Path) -> AsyncIterator[Entry]:
    programs = []
    async with database.transaction() as connection:
        for code in ("first", "second"):
            applied = await apply_program(connection, source=program_source(code), applied_by="test", now=datetime.now(UTC))
            assert isinstance(applied, Applied), applied
            programs.append(applied.program_id)
    current = Programs()
    await current.start(database)
    ticks = Ticks()
    directory = ProviderDirectory(fetch_by(egress), ticks)
    revocations = Revocations(database, directory.watched)
    members = Members(database, current, ErasedSignIns.of(b"s" * 40), PersonVault.of(b"s" * 40))
    door = TokenDoor(open_key_ring(tmp_path, create=True), OWN_ISSUER, revocations, ProviderDoor(directory, members))
    async with own_provider() as idp:
        yield Entry(database, directory, revocations, door, members, programs, idp, ticks)
        await directory.close()
    await current.close()
