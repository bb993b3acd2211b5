"""`honeyguide audit ...`: prove the trail, note its heads, write it out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from honeyguide.audit import store
from honeyguide.audit.act import Act, Subject, SubjectKind
from honeyguide.audit.actions import Action
from honeyguide.audit.export import export
from honeyguide.audit.record import record
from honeyguide.audit.shell import at_this_shell
from honeyguide.audit.verify import Kept, Verified, verify
from honeyguide.database import Database, running_database
from honeyguide.settings import load_settings

_PROGRAM = click.option("--program", "code", help="Code of the program; left out, all of them.")
_DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])
_LARGEST_HEADS = 1_000_000  # bytes


@click.group("audit")
def audit_command() -> None:
    """The audit trail: who did what, and who looked at whom."""


@audit_command.command("verify")
@_PROGRAM
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Heads that `honeyguide audit head` printed before: only they show that the end was cut off, or all of it computed anew.",
)
def verify_audit(code: str | None, against: Path | None) -> None:
    """Compute the chain anew from every row; fails where it is broken, and says where."""
    kept = _heads(against) if against else {}
    found = asyncio.run(_verify(code, kept))
    for name, verified in found.items():
        for broken in verified.broken:
            click.echo(f"{name}: {broken}", err=True)
        state = f"{len(verified.broken)} broken" if verified.broken else "sound"
        click.echo(f"{name}: {verified.links:,} links, {state}")
    sys.exit(1 if any(verified.broken for verified in found.values()) else 0)


@audit_command.command("head")
@_PROGRAM
def head(code: str | None) -> None:
    """Print the last link of each program as a line of JSON: keep it where this machine's administrators cannot write."""
    for line in asyncio.run(_head(code)):
        click.echo(line)


@audit_command.command("export")
@_PROGRAM
@click.option("--from", "since", type=_DATE, required=True, help="From this moment on, UTC.")
@click.option("--to", "until", type=_DATE, required=True, help="Before this moment, UTC.")
@click.option("--csv", "as_csv", is_flag=True, help="For a spreadsheet, instead of JSON lines.")
def export_command(code: str | None, since: datetime, until: datetime, as_csv: bool) -> None:
    """Write the acts of a time to standard output, one a line; that it was done is an act itself."""
    asyncio.run(_export(code, since.replace(tzinfo=UTC), until.replace(tzinfo=UTC), as_csv))


async def _verify(code: str | None, kept: dict[UUID, list[Kept]]) -> dict[str, Verified]:
    async with _opened(code) as (database, programs):
        now = datetime.now(UTC)
        found = {name: await verify(database.pool, program_id, now, kept.pop(program_id, ())) for name, program_id in programs.items()}
    if kept and code is None:
        raise click.ClickException(f"the heads name {len(kept)} programs that this database does not have")
    return found


async def _head(code: str | None) -> Sequence[str]:
    lines = []
    async with _opened(code) as (database, programs):
        for name, program_id in programs.items():
            last = await store.head(database.pool, program_id)
            if last is not None:
                kept_at = datetime.now(UTC).isoformat(timespec="seconds")
                fields = {"program": name, "program_id": str(program_id), "seq": last.seq, "hash": last.hash.hex(), "kept_at": kept_at}
                lines.append(json.dumps(fields))
    return lines


async def _export(code: str | None, since: datetime, until: datetime, as_csv: bool) -> None:
    async with _opened(code) as (database, programs):
        if as_csv and len(programs) > 1:
            raise click.ClickException("name one program with --program: a table has one heading")
        for name, program_id in programs.items():
            subject, what = (
                Subject(SubjectKind.TRAIL, name),
                {"from": since.isoformat(), "to": until.isoformat(), "as": "CSV" if as_csv else "JSON"},
            )
            act = Act(program_id, datetime.now(UTC), at_this_shell(), Action.EXPORT_TRAIL, subject, detail=what)
            await record(database.pool, act)
            async for line in export(database.pool, program_id, since, until, as_csv=as_csv):
                click.echo(line, nl=False)


@asynccontextmanager
async def _opened(code: str | None) -> AsyncIterator[tuple[Database, dict[str, UUID]]]:
    """The database, and the programs by their codes."""
    async with running_database(load_settings()) as addresses:
        database = await Database.open(addresses.application, pool_size=1)
        try:
            programs = await store.programs(database.pool)
            if code is not None and code not in programs:
                raise click.ClickException(f"no program has the code {code}")
            yield database, {code: programs[code]} if code is not None else programs
        finally:
            await database.close()


def _heads(file: Path) -> dict[UUID, list[Kept]]:
    """Every line of a file of heads, by program."""
    heads: dict[UUID, list[Kept]] = {}
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines.read(_LARGEST_HEADS).splitlines(), 1):
            try:
                read = json.loads(line)
                kept = Kept(int(read["seq"]), bytes.fromhex(read["hash"]))
                heads.setdefault(UUID(read["program_id"]), []).append(kept)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise click.ClickException(f"{file}, line {number}, is no head that `honeyguide audit head` printed") from None
    return heads
