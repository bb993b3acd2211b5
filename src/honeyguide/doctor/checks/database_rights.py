"""The login that serves can add to history and never rewrite it, and nobody gets in without a password."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import asyncpg

from honeyguide.database.roles import APPLICATION, OWNER
from honeyguide.doctor.finding import Examined, Finding, failure, good, warning

_PATIENCE = 5.0
_LOGIN = """
SELECT session_user AS login, rolsuper OR rolbypassrls AS superuser, rolcreaterole AS makes_roles,
       CASE WHEN to_regrole($1) IS NULL THEN false ELSE pg_has_role(session_user, $1::text, 'MEMBER') END AS is_owner,
       EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relowner = oid_of_login) AS owns
FROM (SELECT *, oid AS oid_of_login FROM pg_roles WHERE rolname = session_user) AS role
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
    if examined.database_url is not None and _over_network(examined.database_url):
        if await _takes_any_password(examined.database_url):
            found.append(failure("the database trusts whoever comes over the network", "scram-sha-256 instead of trust in pg_hba.conf"))
        if not await connection.fetchval(_TLS) and not _is_near(examined.database_url):
            found.append(warning("the way to the database is not encrypted", "?sslmode=verify-full in DATABASE_URL"))
    return found or [good(f"{login} can add to history and not rewrite it")]


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
