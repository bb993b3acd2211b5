"""`honeyguide pass check`: what phones would refuse of a style or a package, with the rule, the place and what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load
from honeyguide.wallet.checks.check_package import check_package
from honeyguide.wallet.checks.check_style import check_sources, check_style
from honeyguide.wallet.checks.finding import Finding, finding_of_text
from honeyguide.wallet.faces.card_program import card_program, styled
from honeyguide.wallet.faces.template import make_template
from honeyguide.wallet.faces.template_files import LARGEST_TEMPLATE, Sources, TemplateInvalid, read_folder
from honeyguide.wallet.faces.template_zip import read_zip
from honeyguide.wallet.renew_command import renew_command


@click.group("pass")
def pass_command() -> None:
    """Check pass styles and finished passes; replace a pass's token."""


pass_command.add_command(renew_command)


@pass_command.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--program", "program_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Draw with the words of this file."
)
@click.option("--development", is_flag=True, help="A development CA and http on this machine are fine.")
def check(paths: tuple[Path, ...], program_file: Path | None, development: bool) -> None:
    """Check styles (a `<style>.pass` folder, a folder of them, or a zip of one) and finished .pkpass files; ends with 1 on errors."""
    program, errors = _program(program_file), 0
    for path in [each for given in paths for each in _each(given)]:
        found = _check(path, program, development=development)
        for finding in found:
            click.echo(str(finding))
        wrong = sum(finding.is_error for finding in found)
        errors += wrong
        click.echo(f"{path.name}: {_counted(wrong, 'error')}, {_counted(len(found) - wrong, 'warning')}")
    if errors:
        raise SystemExit(1)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _each(path: Path) -> list[Path]:
    if path.is_dir() and path.suffix != ".pass" and (styles := sorted(path.glob("*.pass"))):
        return styles
    return [path]


def _check(path: Path, program: Program | None, *, development: bool) -> list[Finding]:
    try:
        if path.is_dir():
            return _check_style(path.stem, read_folder(path), program)
        if not path.is_file():
            raise TemplateInvalid("A1: no plain file")
        if path.stat().st_size > LARGEST_TEMPLATE:
            raise TemplateInvalid(f"A24: more than {LARGEST_TEMPLATE} bytes")
        if path.suffix == ".zip":
            return _check_style(path.stem, read_zip(path.read_bytes()), program)
    except TemplateInvalid as error:
        return [finding_of_text(path.name, str(error), otherwise="A1")]
    return check_package(path.name, path.read_bytes(), datetime.now(UTC), development=development)


def _check_style(folder: str, sources: Sources, program: Program | None) -> list[Finding]:
    """With a program: as each of its styles that this folder draws."""
    styles = [(name, style) for name, style in program.passes.items() if (style.template or name) == folder] if program else []
    found = check_sources(folder, sources)
    if program is None or any(finding.is_error for finding in found):
        return found
    template = make_template(folder, sources.files)
    return [
        *found,
        *(one for name, style in styles for one in check_style(styled(template, style), card_program(program, name)) if one not in found),
    ]


def _program(file: Path | None) -> Program | None:
    if file is None:
        return None
    try:
        found = load(file.read_text(encoding="utf-8"))
    except ValueError:
        raise click.ClickException(f"{file} is no text in UTF-8") from None
    if isinstance(found, ProgramInvalid):
        raise click.ClickException(f"{file} is no valid program file: honeyguide program check {file}")
    return found
