"""Reads and writes credentials: one typed function a statement of identity.sql."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.caller import Audience
from honeyguide.database import Executor, statements

_SQL = statements(__package__, "identity.sql")


@dataclass(frozen=True, slots=True)
class Credential:
    """`subject` is a partner's id or an operator's name, by audience."""

    client_id: str
    program_id: UUID
    audience: Audience
    subject: str
    secret_hash: str
    scopes: frozenset[str]
    revoked_at: datetime | None = None


async def insert_credential(executor: Executor, credential: Credential, now: datetime) -> None:
    await executor.execute(
        _SQL["insert_credential"],
        credential.client_id,
        credential.program_id,
        credential.audience,
        credential.subject,
        credential.secret_hash,
        sorted(credential.scopes),
        now,
    )


async def credential(executor: Executor, client_id: str) -> Credential | None:
    row = await executor.fetchrow(_SQL["credential"], client_id)
    if row is None:
        return None
    return Credential(
        row["client_id"],
        row["program_id"],
        Audience(row["audience"]),
        row["subject"],
        row["secret_hash"],
        frozenset(row["scopes"]),
        row["revoked_at"],
    )


async def revoke_credential(executor: Executor, program_id: UUID, client_id: str, now: datetime) -> bool:
    """Its tokens end within REVOCATION_SECONDS in every process; False where the program has no such credential in force."""
    done = await executor.execute(_SQL["revoke_credential"], program_id, client_id, now)
    return str(done) == "UPDATE 1"


async def revoked_credentials(executor: Executor) -> frozenset[str]:
    return frozenset(row["client_id"] for row in await executor.fetch(_SQL["revoked_credentials"]))
