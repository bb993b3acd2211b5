"""Apply a program file: check it, and keep it as the program's next version."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.audit import Act, Action, Actor, Subject, SubjectKind, at_the_command_line, record
from honeyguide.database import Connection
from honeyguide.programs import store
from honeyguide.programs.current import Applied
from honeyguide.programs.findings import Finding, ProgramInvalid
from honeyguide.programs.program import Program, load
from honeyguide.programs.succession import wrong_succession


@dataclass(frozen=True, slots=True)
class ProgramChanged:
    """A refusal: somebody applied `version` meanwhile (0: there is none yet), so the file was not written against what is in force."""

    version: int


async def apply_program(
    connection: Connection,
    *,
    program_id: UUID | None = None,
    source: str,
    expected_version: int | None = None,
    applied_by: Actor | str,
    approval_id: UUID | None = None,
    now: datetime,
) -> Applied | ProgramInvalid | ProgramChanged:
    """Keep the file as the next version of the program with its code; the file in force, applied again, stays the version it is.

    `expected_version` is the version that the caller edited (0 for a first file, None to take any). With `program_id` the file must be
    that program's; a plain name in `applied_by` is one at the command line. Opens a transaction, or a savepoint in the caller's; the
    lock on the program's row is held until that ends.
    """
    actor = applied_by if isinstance(applied_by, Actor) else at_the_command_line(applied_by)
    program = await asyncio.to_thread(load, source)  # up to a second of parsing for the largest file
    if isinstance(program, ProgramInvalid):
        return program
    if program_id is not None and (code := await store.program_code(connection, program_id)) != program.code:
        return ProgramInvalid((Finding(_line_of_code(source), 1, f"this is a file of another program: its code is not `{code}`", code),))
    async with connection.transaction():
        await store.insert_program(connection, uuid7(), program.code, now)
        program_id = await store.lock_program(connection, program.code)
        last = await store.last_version(connection, program_id)
        return await _next_version(connection, program_id, program, source, last, expected_version, actor, approval_id, now)


async def _next_version(
    connection: Connection,
    program_id: UUID,
    program: Program,
    source: str,
    last: tuple[int, str, datetime] | None,
    expected_version: int | None,
    applied_by: Actor,
    approval_id: UUID | None,
    now: datetime,
) -> Applied | ProgramInvalid | ProgramChanged:
    version, in_force, since = last or (0, "", now)
    if expected_version is not None and expected_version != version:
        return ProgramChanged(version)
    if version and in_force == source:
        return Applied(program_id, version, program, source, since)
    before = await asyncio.to_thread(load, in_force) if version else None
    # A version in force that a stricter release no longer reads must not keep its own successor out.
    findings = await asyncio.to_thread(wrong_succession, before, program, source) if isinstance(before, Program) else ()
    if findings:
        return ProgramInvalid(findings)
    await store.insert_version(connection, program_id, version + 1, source, applied_by.name, now)
    what = Subject(SubjectKind.PROGRAM, program.code)
    detail = {"version": version + 1}
    await record(connection, Act(program_id, now, applied_by, Action.APPLY_PROGRAM, what, approval_id=approval_id, detail=detail))
    return Applied(program_id, version + 1, program, source, now)


def _line_of_code(source: str) -> int:
    return next((number for number, line in enumerate(source.splitlines(), 1) if line.startswith("code:")), 1)
