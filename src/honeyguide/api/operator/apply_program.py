"""The operator applies a program file."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import checked_key
from honeyguide.api.refusal import said
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict, UserError
from honeyguide.api.types.program import Program
from honeyguide.audit import actor_of
from honeyguide.programs import apply_program as use_case
from honeyguide.programs import findings
from honeyguide.programs.apply_once import AppliedBefore, apply_once
from honeyguide.programs.current import Applied
from honeyguide.till.outcomes import KeyConflict


@strawberry.input(description="A program file to put in force.")
class ApplyProgramInput:
    idempotency_key: str = strawberry.field(
        description="8 to 255 characters; the same key with the same input gives the first answer again."
    )
    source: str = strawberry.field(description="The YAML of the file.")
    expected_version: int = strawberry.field(description="The version that was edited, so that nobody overwrites another's change.")


@strawberry.type(description="The file is in force.")
class ProgramApplied:
    program: Program = strawberry.field(description="The program as applied.")
    replayed: bool = strawberry.field(description="Whether this key had applied it before; then this is the first answer again.")


@strawberry.type(description="One mistake in the file.")
class Finding:
    line: int = strawberry.field(description="Counted from 1.")
    column: int = strawberry.field(description="Counted from 1.")
    message: str = strawberry.field(description="What is wrong.")
    suggestion: str | None = strawberry.field(description="What was probably meant.")


@strawberry.type(description="The file has mistakes; nothing was applied.")
class ProgramInvalid(UserError):
    findings: list[Finding] = strawberry.field(description="The mistakes, in the order of the file.")


@strawberry.type(description="Another operator was first.")
class ProgramChanged(UserError):
    version: int = strawberry.field(description="The version in force now.")


ApplyProgramResult = Annotated[
    ProgramApplied | ProgramInvalid | ProgramChanged | IdempotencyConflict,
    strawberry.union("ApplyProgramResult", description="What became of a program file."),
]
Input = Annotated[ApplyProgramInput, strawberry.argument(description="The file.")]


async def apply_program(info: Info, input: Input) -> ApplyProgramResult:
    context, services, caller = info.context, info.context.services, info.context.caller
    body = [input.source, input.expected_version]
    key = services.claims.key_over(caller, checked_key(input.idempotency_key), "applyProgram", body)
    outcome = await apply_once(
        services.database,
        caller.program_id,
        key,
        source=input.source,
        expected_version=input.expected_version,
        applied_by=actor_of(caller),
        now=context.now,
    )
    match outcome:
        case Applied():
            await services.programs.refresh()
            return ProgramApplied(program=Program.of(outcome), replayed=False)
        case AppliedBefore(version=version):
            applied = await services.programs.at(caller.program_id, version)
            return ProgramApplied(program=Program.of(applied), replayed=True)
        case findings.ProgramInvalid(findings=found):
            shown = [Finding(line=one.line, column=one.column, message=one.message, suggestion=one.suggestion) for one in found]
            return ProgramInvalid(**said(context, ErrorCode.INVALID_PROGRAM, ("source",)), findings=shown)
        case use_case.ProgramChanged(version=version):
            return ProgramChanged(**said(context, ErrorCode.ALREADY_EXISTS, ("expectedVersion",), version=version), version=version)
        case KeyConflict():
            return refusal.idempotency_conflict(context)
