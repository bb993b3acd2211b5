"""Check all pass styles of a program with its own words: what applying it will do to cards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from honeyguide.database import Database
from honeyguide.programs.current import Applied
from honeyguide.programs.program import Program
from honeyguide.wallet.checks.check_style import check_style
from honeyguide.wallet.checks.finding import Finding
from honeyguide.wallet.faces.card_program import card_program, styled
from honeyguide.wallet.faces.styles import Styles
from honeyguide.wallet.faces.template import Template
from honeyguide.wallet.style_files.dressing import Dressing
from honeyguide.wallet.style_files.store import newest_revisions


async def check_program(database: Database, styles: Styles, dressing: Dressing, applied: Applied) -> list[Finding]:
    """With the operator's own files of each style."""
    program, revisions = applied.program, await newest_revisions(database.pool, applied.program_id)
    templates = {
        style: await dressing.template(applied.program_id, program, style, revisions.get(style, 0)) for style in styles.offered(program)
    }
    return await asyncio.to_thread(check_templates, program, templates)


def check_folders(program: Program, folders: Mapping[str, Template]) -> list[Finding]:
    """With the files of the folders alone."""
    styles = Styles(folders)
    return check_templates(program, {style: styles.template(program, style) for style in styles.offered(program)})


def check_templates(program: Program, templates: Mapping[str, Template]) -> list[Finding]:
    """By style, in the program's colours; a style without a folder is a finding, too."""
    found: list[Finding] = []
    for style, definition in program.passes.items():
        if style in templates:
            found += check_style(styled(templates[style], definition), card_program(program, style))
        else:
            folder = f"{definition.template or style}.pass"
            found.append(Finding(folder, "A10", f"passes.{style}", "there is no such folder, so nobody gets a pass of this style"))
    return found
