"""An operator changes the files of a pass style: checked as a whole before it is kept, and every pass of it is drawn anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, record
from honeyguide.database import Connection
from honeyguide.members.call import Call
from honeyguide.programs.program import Program
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict
from honeyguide.wallet.checks.check_style import check_style
from honeyguide.wallet.checks.finding import Finding, finding_of_text
from honeyguide.wallet.faces.card_program import card_program, styled
from honeyguide.wallet.faces.styles import StyleMissing, Styles
from honeyguide.wallet.faces.template import Template
from honeyguide.wallet.faces.template_files import TemplateInvalid
from honeyguide.wallet.style_files import store

Files = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class ChangeStyle:
    """`files` stand in the place of the folder's own, None gives those their place again; `whole`: no other of the operator's files stays."""

    idempotency_key: str
    operation: str
    style: str
    files: Files
    whole: bool = False


@dataclass(frozen=True, slots=True)
class StyleChanged:
    """`warnings`: what people will not see as it is meant."""

    style: str
    revision: int
    warnings: tuple[Finding, ...]
    replayed: bool


@dataclass(frozen=True, slots=True)
class StyleBroken:
    """Phones would refuse its passes, so nothing was kept."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NoSuchStyle:
    style: str


ChangeOutcome = StyleChanged | StyleBroken | NoSuchStyle | KeyConflict


async def change_style(call: Call, styles: Styles, request: ChangeStyle) -> ChangeOutcome:
    """The check is part of the transaction, so that two changes that are fine alone are never kept where they are not together."""
    program = call.applied.program
    try:
        folder = styles.templates[styles.folder(program, request.style)]
    except StyleMissing:
        return NoSuchStyle(request.style)
    if request.style not in program.passes:
        return NoSuchStyle(request.style)
    digests = sorted((path, None if content is None else store.digest_of(content)) for path, content in request.files.items())
    key = call.under or call.claims.key_over(call.caller, request.idempotency_key, request.operation, [request.style, digests])
    try:
        async with call.database.transaction() as connection:
            await store.lock_styles(connection, call.program_id)
            revision, files = await _next(connection, call.program_id, request)
            # Claimed before it is judged: a retry hears the first answer, whatever became of the style since.
            await claim_or_roll_back(connection, call.program_id, [key], outcome={"revision": revision}, now=call.now)
            warnings = await asyncio.to_thread(_checked, folder, program, request.style, files, styles.largest_pass)
            changed = files if request.whole else request.files
            await store.insert_files(connection, call.program_id, request.style, revision, changed, call.now)
            await _kept_in_the_trail(connection, call, request, revision)
            return StyleChanged(request.style, revision, warnings, replayed=False)
    except _Broken as broken:
        return StyleBroken(broken.findings)
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request:
            return KeyConflict()
        return StyleChanged(request.style, claimed.earlier.outcome["revision"], (), replayed=True)


async def _next(connection: Connection, program_id: UUID, request: ChangeStyle) -> tuple[int, dict[str, bytes | None]]:
    """The next revision, and all of the operator's files as of it."""
    newest = (await store.newest_revisions(connection, program_id)).get(request.style, 0)
    before = await store.files_at(connection, program_id, request.style, newest)
    return newest + 1, {**(dict.fromkeys(before) if request.whole else before), **request.files}


def _checked(folder: Template, program: Program, style: str, files: Files, largest: int) -> tuple[Finding, ...]:
    """The warnings; raises _Broken."""
    try:
        template = styled(folder.dressed(files), program.passes[style])
    except TemplateInvalid as error:
        raise _Broken((finding_of_text(f"{style}.pass", str(error)),)) from None
    findings = check_style(template, card_program(program, style), largest=largest)
    if errors := tuple(finding for finding in findings if finding.is_error):
        raise _Broken(errors)
    return tuple(findings)


async def _kept_in_the_trail(connection: Connection, call: Call, request: ChangeStyle, revision: int) -> None:
    detail = {"style": request.style, "revision": revision, "files": len(request.files)}
    subject = Subject(SubjectKind.PROGRAM, str(call.program_id))
    await record(connection, Act(call.program_id, call.now, actor_of(call.caller), Action.CHANGE_PASS_STYLE, subject, detail=detail))


class _Broken(Exception):
    """Rolls the change back."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"{len(findings)} errors")
        self.findings = findings
