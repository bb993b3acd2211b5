"""The two database roles: the owner migrates, the application posts and can never rewrite history."""

from __future__ import annotations

from typing import Any

import asyncpg

from honeyguide.database.passwords import scram_verifier

OWNER = "honeyguide_owner"
APPLICATION = "honeyguide_app"

# Roles belong to the whole server, so two installations may create them at the same moment.
_CREATE_ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} LOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


class RolesMissing(Exception):
    """The login may neither create the two roles nor act as them; the message says what an administrator runs."""


async def ensure_roles(connection: Any, application_password: str | None = None) -> None:
    """Make the two roles where they are missing, let this login act as both, and let the owner create tables in `public`.

    A given password becomes that of the application role, so changing it is changing DATABASE_URL and migrating.

    Raises RolesMissing where the login has not the right to do so and nobody did it before.
    """
    try:
        may_grant = await connection.fetchval("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        for role in (OWNER, APPLICATION):
            if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(_CREATE_ROLE.format(role=role))
            # Migrating needs the owner only; the application role matters where one login does both.
            needed = role == OWNER or may_grant
            if needed and not await connection.fetchval("SELECT pg_has_role($1, 'MEMBER')", role):
                await connection.execute(f"GRANT {role} TO CURRENT_USER")
        if application_password and may_grant:
            await connection.execute(f"ALTER ROLE {APPLICATION} LOGIN PASSWORD '{scram_verifier(application_password)}'")
        if not await connection.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", OWNER):
            await connection.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}")
    except asyncpg.InsufficientPrivilegeError as refusal:
        login = await connection.fetchval("SELECT current_user")
        raise RolesMissing(
            f"{login} may not set up the database roles ({refusal}). As an administrator of this database run: CREATE ROLE {OWNER}; "
            f'CREATE ROLE {APPLICATION}; GRANT {OWNER}, {APPLICATION} TO "{login}"; GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};'
        ) from refusal
