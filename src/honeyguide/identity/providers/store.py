"""Reads and writes identity providers and the sign-ins they vouch for: one typed function a statement of providers.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from honeyguide.caller import Audience
from honeyguide.database import Connection, Executor, statements
from honeyguide.identity.providers.provider import Provider, ProviderOptions

_SQL = statements(__package__, "providers.sql")
PROVIDERS_IN_FORCE = _SQL["providers_in_force"]


@dataclass(frozen=True, slots=True)
class SignIn:
    """By which subject of an issuer a member signs in."""

    issuer: str
    subject: str = field(repr=False)
    linked_at: datetime


async def lock_providers(connection: Connection) -> None:
    await connection.execute(_SQL["lock_providers"])


async def providers(executor: Executor, program_id: UUID) -> list[tuple[Provider, datetime | None]]:
    """Each with the moment of its removal."""
    return [(_provider(row), row["removed_at"]) for row in await executor.fetch(_SQL["providers"], program_id)]


async def overlapping_provider(connection: Connection, provider: Provider) -> str | None:
    found: str | None = await connection.fetchval(
        _SQL["overlapping_provider"], provider.issuer, list(provider.client_audiences), provider.program_id, provider.provider_id
    )
    return found


async def put_provider(connection: Connection, provider: Provider, now: datetime) -> bool:
    """False where the name was given to another issuer or audience before."""
    return bool(
        await connection.fetchval(
            _SQL["put_provider"],
            provider.program_id,
            provider.provider_id,
            provider.audience,
            provider.issuer,
            list(provider.client_audiences),
            provider.jwks_url,
            sorted(provider.algorithms),
            provider.options.model_dump(mode="json"),
            now,
        )
    )


async def remove_provider(connection: Connection, program_id: UUID, provider_id: str, now: datetime) -> bool:
    return bool(await connection.fetchval(_SQL["remove_provider"], program_id, provider_id, now))


def read_provider(text: str) -> Provider:
    """One of the texts of providers_in_force; raises ValueError."""
    return _provider(orjson.loads(text))


async def signed_in(executor: Executor, program_id: UUID, issuer: str, subjects: Sequence[str]) -> UUID | None:
    member_id: UUID | None = await executor.fetchval(_SQL["signed_in"], program_id, issuer, list(subjects))
    return member_id


async def link_sign_in(executor: Executor, program_id: UUID, issuer: str, subject: str, member_id: UUID, now: datetime) -> bool:
    """Waits for a transaction that is linking the same subject."""
    return bool(await executor.fetchval(_SQL["link_sign_in"], program_id, issuer, subject, member_id, now))


async def has_sign_in(executor: Executor, program_id: UUID, issuer: str, member_ids: Sequence[UUID]) -> bool:
    return bool(await executor.fetchval(_SQL["has_sign_in"], program_id, issuer, list(member_ids)))


async def sign_ins_of(executor: Executor, program_id: UUID, member_ids: Sequence[UUID]) -> list[SignIn]:
    return [SignIn(**row) for row in await executor.fetch(_SQL["sign_ins_of"], program_id, list(member_ids))]


async def erase_sign_in(connection: Connection, program_id: UUID, issuer: str, subject: str, left: str) -> None:
    await connection.execute(_SQL["erase_sign_in"], program_id, issuer, subject, left)


def _provider(row: Mapping[str, Any]) -> Provider:
    return Provider(
        UUID(str(row["program_id"])),
        row["provider_id"],
        Audience(row["audience"]),
        row["issuer"],
        tuple(row["client_audiences"]),
        row["jwks_url"],
        frozenset(row["algorithms"]),
        ProviderOptions.model_validate_json(orjson.dumps(row["options"])),
    )
