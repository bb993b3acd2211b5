"""`honeyguide program`, which also says what a program file makes of passes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from honeyguide.programs.commands import apply, check
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import load
from honeyguide.settings import load_settings
from honeyguide.wallet.assembly import passes_folder
from honeyguide.wallet.checks.check_program import check_folders
from honeyguide.wallet.faces.template import load_templates


def _and_passes(does: Callable[..., None]) -> Callable[..., None]:
    """Only what succeeded gets here: else it has ended with its own words."""

    @wraps(does)
    def command(file: Path, **options: object) -> None:
        does(file=file, **options)
        program = load(file.read_text(encoding="utf-8"))
        if isinstance(program, ProgramInvalid):
            return
        for finding in check_folders(program, load_templates(passes_folder(load_settings()))):
            click.echo(str(finding), err=True)

    return command


@click.group()
def program() -> None:
    """Check program files and put them in force."""


for _command in (check, apply):
    assert _command.callback is not None
    _command.callback = _and_passes(_command.callback)
    program.add_command(_command)
