"""The programs' own certificates and accounts as rows: one typed function a statement of credentials.sql."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "credentials.sql")


class WalletPlatform(StrEnum):
    """Whose wallet it is for."""

    APPLE = "apple"
    GOOGLE = "google"


@dataclass(frozen=True, slots=True)
class Issuer:
    """A program's own pass type (with its team) or its own issuer id."""

    program_id: UUID
    platform: WalletPlatform
    name: str
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """One certificate with its key, or one service account; `fingerprint` is the certificate's SHA-256, or Google's id of the key."""

    credential_id: UUID
    fingerprint: str
    valid_from: datetime | None
    valid_until: datetime | None
    added_at: datetime
    sealed: bytes = field(repr=False)


async def lock_credentials(connection: Connection) -> None:
    await connection.execute(_SQL["lock_credentials"])


async def credential_ids(executor: Executor) -> str:
    return str(await executor.fetchval(_SQL["credential_ids"]))


async def credentials(executor: Executor) -> list[tuple[Issuer, list[Credential]]]:
    """Each issuer with what it may work with, oldest first."""
    found: dict[Issuer, list[Credential]] = {}
    for row in await executor.fetch(_SQL["credentials"]):
        issuer = Issuer(row["program_id"], WalletPlatform(row["platform"]), row["name"], row["team_id"])
        held = found.setdefault(issuer, [])
        if row["credential_id"] is not None:
            held.append(Credential(**{name: row[name] for name in Credential.__slots__}))
    return list(found.items())


async def issuer_of_name(connection: Connection, platform: WalletPlatform, name: str) -> UUID | None:
    program_id: UUID | None = await connection.fetchval(_SQL["issuer_of_name"], platform, name)
    return program_id


async def name_of_issuer(connection: Connection, program_id: UUID, platform: WalletPlatform) -> str | None:
    name: str | None = await connection.fetchval(_SQL["name_of_issuer"], program_id, platform)
    return name


async def bound_elsewhere(connection: Connection, issuer: Issuer) -> int:
    """Passes on phones, or objects at Google, under another pass type or issuer id."""
    statement = "phones_of_other_types" if issuer.platform is WalletPlatform.APPLE else "objects_of_other_issuers"
    return int(await connection.fetchval(_SQL[statement], issuer.program_id, issuer.name))


async def put_issuer(connection: Connection, issuer: Issuer) -> None:
    await connection.execute(_SQL["put_issuer"], issuer.program_id, issuer.platform, issuer.name, issuer.team_id)


async def put_credential(connection: Connection, issuer: Issuer, one: Credential) -> bool:
    """False when the program has it already."""
    values = (
        issuer.program_id,
        one.credential_id,
        issuer.platform,
        one.fingerprint,
        one.valid_from,
        one.valid_until,
        one.sealed,
        one.added_at,
    )
    return bool(await connection.fetchval(_SQL["put_credential"], *values))


async def remove_credential(connection: Connection, program_id: UUID, fingerprint: str) -> WalletPlatform | None:
    """Whose wallet it was for; None when there is no such credential."""
    platform: str | None = await connection.fetchval(_SQL["remove_credential"], program_id, fingerprint)
    return WalletPlatform(platform) if platform is not None else None


async def release_issuer(connection: Connection, program_id: UUID, platform: WalletPlatform) -> None:
    await connection.execute(_SQL["release_issuer"], program_id, platform)
