"""The login that serves can add to history and never rewrite it, and nobody gets in without a password."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import asyncpg

from honeyguide.database import Connection
from honeyguide.database.roles import APPLICATION, OWNER
from honeyguide.doctor.finding import Examined, Finding, failure, good, warning

_PATIENCE = 5.0
_LOGIN = """
SELECT session_user AS login, rolsuper OR rolbypassrls AS superuser, rolcreaterole AS makes_roles,
       CASE WHEN to_regrole($1) IS NULL THEN false ELSE pg_has_role(session_user, $1::text, 'MEMBER') END AS is_owner,
       EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relowner = oid_of_login) AS owns
FROM (SELECT *, oid AS oid_of_login FROM pg_roles WHERE rolname = session_user) AS role
"""
HISTORY = ("audit", "audit_link", "consent", "erasure", "lot_move", "program_version", "tier_change", "transaction", "transfer")
_REWRITABLE = """
SELECT name, has_any_column_privilege(session_user, history.oid, 'UPDATE') OR has_table_privilege(session_user, history.oid, 'DELETE, TRUNCATE')
  AS has_right, NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = history.oid AND tgname = 'append_only' AND tgenabled IN ('O', 'A')) AS is_open
FROM unnest($1::text[]) AS name, LATERAL (SELECT to_regclass('public.' || quote_ident(name)) AS oid) AS history
WHERE history.oid IS NOT NULL
ORDER BY name
"""
_TLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


async def check(examined: Examined) -> Sequence[Finding]:
    connection = examined.database
    if connection is None:
        return []  # the check of the database has said why
    found = []
    row = await connection.fetchrow(_LOGIN, OWNER)
    login = f"the login {row['login']}"
    use = f"let DATABASE_URL log in as {APPLICATION}; only DATABASE_OWNER_URL may be more"
    if row["superuser"]:
        found.append(failure(f"{login} is a superuser: it could rewrite every balance", use))
    elif row["is_owner"] or row["owns"] or row["makes_roles"]:
        found.append(failure(f"{login} may act as the tables' owner: it could take away what keeps history append-only", use))
    found += await _rewritable(connection, login)
    if examined.database_url is not None and _over_network(examined.database_url):
        if await _takes_any_password(examined.database_url):
            found.append(failure("the database trusts whoever comes over the network", "scram-sha-256 instead of trust in pg_hba.conf"))
        if not await connection.fetchval(_TLS) and not _is_near(examined.database_url):
            found.append(warning("the way to the database is not encrypted", "?sslmode=verify-full in DATABASE_URL"))
    return found or [good(f"{login} can add to history and not rewrite it")]


async def _rewritable(connection: Connection, login: str) -> list[Finding]:
    """What keeps history as it is: the login lacks the right, and a trigger refuses whoever has it."""
    rows = await connection.fetch(_REWRITABLE, HISTORY)
    owned = ", ".join(row["name"] for row in rows if row["has_right"])
    opened = ", ".join(row["name"] for row in rows if row["is_open"])
    return [
        *([failure(f"{login} may change {owned}", "REVOKE UPDATE, DELETE, TRUNCATE on them from it and its roles")] if owned else []),
        *([failure(f"no trigger refuses changes of {opened}", "ENABLE TRIGGER append_only, and ask who took it away")] if opened else []),
    ]


def _over_network(url: str) -> bool:
    """Not by a socket file, which file rights guard."""
    return "host=/" not in url and "host=%2F" not in url and bool(urlsplit(url).hostname)


def _is_near(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


async def _takes_any_password(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, password="no password of anybody", timeout=_PATIENCE)  # noqa: S106 - that is the point
    except (asyncpg.PostgresError, OSError, TimeoutError):
        return False
    await connection.close()
    return True
