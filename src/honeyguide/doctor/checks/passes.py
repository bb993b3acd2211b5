"""The styles of passes as phones will judge them: templates, images, and a text in each language of the program (A1, A11-A24)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import asyncpg

from honeyguide.doctor.finding import Examined, Finding, failure, good, warning
from honeyguide.programs import store
from honeyguide.programs.program import Program, load
from honeyguide.wallet.assembly import passes_folder
from honeyguide.wallet.checks.check_style import check_style
from honeyguide.wallet.faces.card_program import card_program
from honeyguide.wallet.faces.styles import Styles
from honeyguide.wallet.faces.template import Template, load_templates
from honeyguide.wallet.faces.template_files import TemplateInvalid

_DO = "mend the file; `honeyguide pass check {}` tries it"
_MOST = 20


async def check(examined: Examined) -> Sequence[Finding]:
    folder = passes_folder(examined.settings)
    try:
        templates = await asyncio.to_thread(load_templates, folder)
    except (TemplateInvalid, OSError) as error:
        told = str(error) if isinstance(error, TemplateInvalid) else f"{folder} cannot be read"
        return [failure(f"no pass can be made: {told}", _DO.format(folder))]
    found = [one for template in templates.values() for one in _of_template(template)]
    for program in await _programs(examined):
        found += _of_program(program, Styles(templates))
    return found[:_MOST] or [good(f"{len(templates)} pass styles are what phones take")]


def _of_template(template: Template) -> Iterator[Finding]:
    for one in check_style(template):
        if one.is_error:
            yield failure(str(one), _DO.format(f"{template.style}.pass"))


def _of_program(program: Program, styles: Styles) -> Iterator[Finding]:
    offered = styles.offered(program)
    for name, style in program.passes.items():
        if name not in offered:
            folder = f"{style.template or name}.pass"
            yield failure(f"{program.code}: there is no folder {folder} for the pass style {name}", "put it into PASSES_DIR")
            continue
        template = styles.template(program, name)
        missing = [language for language in program.locales if template.languages and language not in template.languages]
        if missing:
            do = f"add {missing[0]}.lproj/pass.strings to it, and the others"
            yield warning(f"{program.code}: {template.style}.pass has no texts in {', '.join(missing)}: its labels stay as written", do)
        for one in check_style(template, card_program(program, name)):
            if one.is_error:
                yield failure(f"{program.code}: {one}", _DO.format(f"{template.style}.pass"))


async def _programs(examined: Examined) -> list[Program]:
    if examined.database is None:
        return []
    try:
        newest = await store.newest_versions(examined.database)
        sources = [await store.version_source(examined.database, *one) for one in newest.items()]
    except asyncpg.PostgresError:
        return []  # the check of the database tells why
    return [program for source in sources if source and isinstance(program := load(source[0]), Program)]
