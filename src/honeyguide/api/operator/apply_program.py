"""The operator applies a program file."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.keys import checked_key
from honeyguide.api.refusal import said
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict, UserError
from honeyguide.api.types.program import Program
from honeyguide.programs import apply_program as use_case
from honeyguide.programs import findings
from honeyguide.programs.current import Applied
from honeyguide.till.claims import ClaimedBefore, Earlier, claim_or_roll_back


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


class _NotApplied(Exception):
    """Carries a refusal out of the transaction, which is rolled back: only what was applied keeps its key."""

    def __init__(self, refusal: findings.ProgramInvalid | use_case.ProgramChanged) -> None:
        self.refusal = refusal


async def apply_program(info: Info, input: Input) -> ApplyProgramResult:
    context = info.context
    checked_key(input.idempotency_key)
    outcome: Any
    try:
        outcome = await _apply(context, input)
    except _NotApplied as reason:
        outcome = reason.refusal
    except ClaimedBefore as claimed:
        outcome = claimed.earlier
    match outcome:
        case Applied():
            await context.services.programs.refresh()
            return ProgramApplied(program=Program.of(outcome), replayed=False)
        case Earlier(same_request=True, outcome={"version": version}):
            applied = await context.services.programs.at(context.caller.program_id, version)
            return ProgramApplied(program=Program.of(applied), replayed=True)
        case findings.ProgramInvalid(findings=found):
            shown = [Finding(line=one.line, column=one.column, message=one.message, suggestion=one.suggestion) for one in found]
            return ProgramInvalid(**said(context, ErrorCode.INVALID_PROGRAM, ("source",)), findings=shown)
        case use_case.ProgramChanged(version=version):
            return ProgramChanged(**said(context, ErrorCode.ALREADY_EXISTS, ("expectedVersion",), version=version), version=version)
        case _:
            return refusal.idempotency_conflict(context)


async def _apply(context: RequestContext, input: ApplyProgramInput) -> Applied:
    """Apply, then claim the key; raises _NotApplied or ClaimedBefore.

    The key is asked also after a refusal: a retry finds the version raised by itself, and must not be told that somebody else did it.
    """
    services, caller = context.services, context.caller
    async with services.database.transaction() as connection:
        outcome = await use_case.apply_program(
            connection,
            program_id=caller.program_id,
            source=input.source,
            expected_version=input.expected_version,
            applied_by=caller.subject,
            now=context.now,
        )
        key = services.claims.key_over(caller, input.idempotency_key, "applyProgram", [input.source, input.expected_version])
        kept = {"version": outcome.version} if isinstance(outcome, Applied) else None
        await claim_or_roll_back(connection, caller.program_id, [key], outcome=kept, now=context.now)
        if not isinstance(outcome, Applied):
            raise _NotApplied(outcome)
        return outcome
