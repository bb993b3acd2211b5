"""Whether the keys of each identity provider can be had from here: without them nobody new signs in."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from honeyguide.doctor.finding import Examined, Finding, failure, good
from honeyguide.identity.providers.directory import fetch_by
from honeyguide.identity.providers.keys import trouble_with_keys
from honeyguide.identity.providers.store import PROVIDERS_IN_FORCE, read_provider


async def check(examined: Examined) -> Sequence[Finding]:
    if examined.database is None:
        return []
    try:
        rows = await examined.database.fetch(PROVIDERS_IN_FORCE)
    except asyncpg.UndefinedTableError:
        return []  # the check of the database says what is missing
    providers = {(one.issuer, one.jwks_url): one for one in (read_provider(row[0]) for row in rows)}
    found: list[Finding] = []
    for (issuer, jwks_url), provider in providers.items():
        trouble = await trouble_with_keys(issuer, jwks_url, fetch_by(examined.egress))
        if trouble is None:
            found.append(good(f"the keys of {provider.provider_id} can be had"))
        else:
            do = "look at the provider, at firewall and name server, and at HONEYGUIDE_EGRESS_ALLOW if it stands inside"
            found.append(failure(f"the keys of {provider.provider_id} cannot be had ({trouble})", do))
    return found
