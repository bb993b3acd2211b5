"""Link the rows that wait, in the background: nobody who acts waits for the chain."""

from __future__ import annotations

from uuid import UUID

from honeyguide.audit import store
from honeyguide.audit.canonical import first_hash, link_hash, told
from honeyguide.database import Database

AT_ONCE = 500
_MOST_TURNS = 40  # of a backlog; the next sweep goes on


async def chain(database: Database, program_id: UUID) -> int:
    """Link what is committed and waits, at most 20,000 rows; how many it was. One process at a time, any may be killed at any moment."""
    linked = 0
    for _ in range(_MOST_TURNS):
        done = await _one_batch(database, program_id)
        linked += done
        if done < AT_ONCE:
            break
    return linked


async def _one_batch(database: Database, program_id: UUID) -> int:
    async with database.transaction() as connection:
        if not await store.try_turn(connection, program_id):
            return 0
        # A new statement after the lock, so it sees what the process before it committed.
        rows = await store.waiting(connection, program_id, AT_ONCE)
        if not rows:
            return 0
        last = await store.head(connection, program_id)
        reached, hashed = (last.seq, last.hash) if last else (0, first_hash(program_id))
        links: list[tuple[int, UUID, bytes]] = []
        for seq, row in enumerate(rows, reached + 1):
            hashed = link_hash(hashed, told(row))
            links.append((seq, row["audit_id"], hashed))
        await store.insert_links(connection, program_id, links)
        return len(links)
