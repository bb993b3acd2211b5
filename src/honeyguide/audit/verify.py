"""Prove the trail: compute the chain anew from its rows, and compare it with heads that were written down elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.audit import store
from honeyguide.audit.canonical import first_hash, link_hash, told
from honeyguide.database import Executor

PATIENCE = timedelta(minutes=1)  # a row that is in no link for longer is a finding
MOST_FINDINGS = 1_000
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Broken:
    """`what`: MISSING_LINK, MISSING_ROW, ALTERED, UNCHAINED, TRUNCATED or REWRITTEN; `seq` where there is one."""

    what: str
    seq: int | None
    detail: str

    def __str__(self) -> str:
        return f"{self.what}{f' at {self.seq}' if self.seq is not None else ''}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A head that was kept elsewhere."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    links: int
    broken: tuple[Broken, ...]  # at most 1,000, in the order of the chain


async def verify(executor: Executor, program_id: UUID, now: datetime, kept: Sequence[Kept] = ()) -> Verified:
    """Read every link and row of the program, a thousand at a time."""
    broken: list[Broken] = []
    last, hashed, computed = 0, first_hash(program_id), {one.seq: b"" for one in kept}
    async for row in _links(executor, program_id):
        seq = row["seq"]
        if seq != last + 1:
            broken.append(Broken("MISSING_LINK", last + 1, f"links {last + 1} to {seq - 1} are gone"))
        fault = _fault(row, hashed, sure=seq == last + 1)
        if fault is not None:
            broken.append(fault)
        last, hashed = seq, row["hash"]  # so that each wrong place is told once
        if seq in computed:
            computed[seq] = hashed
        if len(broken) >= MOST_FINDINGS:
            return Verified(last, tuple(broken))
    broken += [fault for one in kept if (fault := _against(one, last, computed[one.seq])) is not None]
    for audit_id, at in await store.unchained(executor, program_id, now - PATIENCE, MOST_FINDINGS - len(broken)):
        broken.append(Broken("UNCHAINED", None, f"row {audit_id} of {at.isoformat()} is in no link: put in by hand, or no worker runs"))
    return Verified(last, tuple(broken))


async def _links(executor: Executor, program_id: UUID) -> AsyncIterator[store.Row]:
    after = 0
    while rows := await store.links(executor, program_id, after, _AT_ONCE):
        for row in rows:
            yield row
        after = rows[-1]["seq"]


def _fault(row: store.Row, before: bytes, *, sure: bool) -> Broken | None:
    """`sure`: the link before is there, so the hash can be judged."""
    seq, audit_id = row["seq"], row["link_audit_id"]
    if row["audit_id"] is None:
        return Broken("MISSING_ROW", seq, f"row {audit_id} is gone")
    try:
        right = not sure or link_hash(before, told(row)) == row["hash"]
    except (ValueError, RecursionError):
        right = False
    return None if right else Broken("ALTERED", seq, f"row {audit_id}, its link or the link before is not what was chained")


def _against(kept: Kept, last: int, found: bytes) -> Broken | None:
    if kept.seq > last:
        return Broken("TRUNCATED", last + 1, f"the chain ends at {last}, and had {kept.seq} links when its head was kept")
    if found != kept.hash:
        return Broken("REWRITTEN", kept.seq, "the link is not the one that was kept: the chain was computed anew from here or before")
    return None
