"""Reads and writes credentials: one typed function a statement of identity.sql."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.caller import Audience
from honeyguide.database import Connection, Executor, Section, statements

_SQL = statements(__package__, "identity.sql")


@dataclass(frozen=True, slots=True)
class Credential:
    """`subject` is a partner's id or an operator's name, by audience; either a secret's hash or a public JWK proves who signs in.

    `location`: the only shop that it serves. `ends_at`: until when a rotation lets it live.
    """

    client_id: str
    program_id: UUID
    audience: Audience
    subject: str
    secret_hash: str | None
    scopes: frozenset[str]
    revoked_at: datetime | None = None
    public_key: Mapping[str, Any] | None = None
    location: str | None = None
    name: str = ""
    created_at: datetime | None = None
    ends_at: datetime | None = None
    used_at: datetime | None = None

    def serves(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


async def insert_credential(executor: Executor, credential: Credential, now: datetime) -> None:
    await executor.execute(
        _SQL["insert_credential"],
        credential.client_id,
        credential.program_id,
        credential.audience,
        credential.subject,
        credential.secret_hash,
        credential.public_key,
        sorted(credential.scopes),
        credential.location,
        credential.name,
        now,
    )


async def credential(executor: Executor, client_id: str) -> Credential | None:
    row = await executor.fetchrow(_SQL["credential"], client_id)
    return None if row is None else _credential(row)


async def credentials_in_force(connection: Connection, program_id: UUID, audience: Audience, subject: str, now: datetime) -> int:
    """Counted under a lock that lasts until the transaction ends."""
    # A statement of its own: one that waits within sees what was committed before it began to wait.
    await connection.execute(_SQL["wait_for_others"], subject)
    return int(await connection.fetchval(_SQL["credentials_in_force"], program_id, audience, subject, now))


async def list_credentials(executor: Executor, program_id: UUID, subject: str, location: str | None, section: Section) -> list[Credential]:
    """A partner's, newest first by (created_at, client_id); only those of one shop when it is named."""
    given = (program_id, Audience.PARTNER, subject, location, section.limit)
    rows = await executor.fetch(section.of(_SQL["list_credentials"]), *given, *section.keys(2))
    return [_credential(row) for row in rows]


async def end_credential(executor: Executor, program_id: UUID, client_id: str, now: datetime, ends_at: datetime) -> bool:
    """False where it serves no more."""
    return str(await executor.execute(_SQL["end_credential"], program_id, client_id, now, ends_at)) == "UPDATE 1"


async def note_use(executor: Executor, client_id: str, now: datetime) -> None:
    await executor.execute(_SQL["note_use"], client_id, now)


async def take_nonce(executor: Executor, value: bytes, ends_at: datetime) -> bool:
    """False where it was taken before."""
    return await executor.fetchval(_SQL["take_nonce"], value, ends_at) is not None


async def forget_nonces(executor: Executor, now: datetime, limit: int) -> int:
    return int(str(await executor.execute(_SQL["forget_nonces"], now, limit)).split()[-1])


async def revoke_credential(executor: Executor, program_id: UUID, client_id: str, now: datetime) -> bool:
    """Its tokens end within REVOCATION_SECONDS in every process; False where the program has no such credential in force."""
    done = await executor.execute(_SQL["revoke_credential"], program_id, client_id, now)
    return str(done) == "UPDATE 1"


async def revoked_credentials(executor: Executor) -> frozenset[str]:
    return frozenset(row["client_id"] for row in await executor.fetch(_SQL["revoked_credentials"]))


def _credential(row: Mapping[str, Any]) -> Credential:
    return Credential(**{**row, "audience": Audience(row["audience"]), "scopes": frozenset(row["scopes"])})
