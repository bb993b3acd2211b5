"""The operator applies a program file."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.operator.by_hand import hands_of, not_done
from honeyguide.api.refusal import said
from honeyguide.api.types.approval import AwaitsApproval
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict, UserError
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.pass_style import MOST_FINDINGS, PassFinding, pass_findings
from honeyguide.api.types.program import Program
from honeyguide.api.types.refusals import LimitExceeded, TransactionRejected
from honeyguide.identity.second_approver.by_hand import by_hand
from honeyguide.identity.second_approver.requests import ApplyFile
from honeyguide.programs import apply_program as use_case
from honeyguide.programs import findings
from honeyguide.programs.apply_once import AppliedBefore
from honeyguide.programs.current import Applied
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.checks.check_program import check_program


@strawberry.input(description="A program file to put in force.")
class ApplyProgramInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    source: str = strawberry.field(description="The YAML of the file.")
    expected_version: int = strawberry.field(description="The version that was edited, so that nobody overwrites another's change.")


@strawberry.type(description="The file is in force.")
class ProgramApplied:
    program: Program = strawberry.field(description="The program as applied.")
    replayed: bool = strawberry.field(description="Whether this key had applied it before; then this is the first answer again.")
    pass_findings: list[PassFinding] = list_field("What the file makes of passes: what phones would refuse or cut off.", MOST_FINDINGS)


@strawberry.type(description="One mistake in the file.")
class Finding:
    line: int = strawberry.field(description="Counted from 1.")
    column: int = strawberry.field(description="Counted from 1.")
    message: str = strawberry.field(description="What is wrong.")
    suggestion: str | None = strawberry.field(description="What was probably meant.")


@strawberry.type(description="The file has mistakes; nothing was applied.")
class ProgramInvalid(UserError):
    findings: list[Finding] = list_field("The mistakes, in the order of the file.", 1_000)


@strawberry.type(description="Another operator was first.")
class ProgramChanged(UserError):
    version: int = strawberry.field(description="The version in force now.")


ApplyProgramResult = Annotated[
    ProgramApplied | AwaitsApproval | ProgramInvalid | ProgramChanged | LimitExceeded | IdempotencyConflict | TransactionRejected,
    strawberry.union("ApplyProgramResult", description="What became of a program file."),
]
Input = Annotated[ApplyProgramInput, strawberry.argument(description="The file.")]


async def apply_program(info: Info, input: Input) -> ApplyProgramResult:
    context, services, caller = info.context, info.context.services, info.context.caller
    file = ApplyFile(checked_key(input.idempotency_key), input.source, input.expected_version)
    answer = await by_hand(hands_of(context), file)
    match answer:
        case Applied():
            return ProgramApplied(program=Program.of(answer), replayed=False, pass_findings=await _of_passes(services.wallet, answer))
        case AppliedBefore(version=version):
            applied = await services.programs.at(caller.program_id, version)
            return ProgramApplied(program=Program.of(applied), replayed=True, pass_findings=await _of_passes(services.wallet, applied))
        case findings.ProgramInvalid(findings=found):
            shown = [Finding(line=one.line, column=one.column, message=one.message, suggestion=one.suggestion) for one in found]
            return ProgramInvalid(**said(context, ErrorCode.INVALID_PROGRAM, ("source",)), findings=shown)
        case use_case.ProgramChanged(version=version):
            return ProgramChanged(**said(context, ErrorCode.ALREADY_EXISTS, ("expectedVersion",), version=version), version=version)
    return cast(ApplyProgramResult, not_done(context, answer))


async def _of_passes(wallet: Wallet, applied: Applied) -> list[PassFinding]:
    return pass_findings(await check_program(wallet.database, wallet.styles, wallet.dressing, applied))
