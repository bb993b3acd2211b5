"""The embedded database trusts its system user, so it must listen on its own socket file only."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.database.embedded import EmbeddedServer
from honeyguide.doctor.exposure import is_exposed
from honeyguide.doctor.finding import Examined, Finding, failure, good, warning


async def check(examined: Examined) -> Sequence[Finding]:
    if examined.settings.database_url is not None or examined.database is None:
        return []
    found = []
    server = EmbeddedServer(examined.settings.data_dir)
    if await examined.database.fetchval("SHOW listen_addresses"):
        found.append(
            failure("the embedded database listens on the network and trusts whoever comes", "remove listen_addresses from its settings")
        )
    trusting = [
        line for line in (server.folder / "pg_hba.conf").read_text().splitlines() if line.startswith("host") and "trust" in line.split()
    ]
    if trusting:
        found.append(
            failure("the embedded database trusts whoever comes over TCP", f"remove the lines of host from {server.folder / 'pg_hba.conf'}")
        )
    if is_exposed(examined.settings):
        found.append(
            warning(
                "the embedded database has no copy and no other machine to go to", "give production a PostgreSQL of its own: DATABASE_URL"
            )
        )
    return found or [good("the embedded database listens on its socket file only")]
