"""`honeyguide schema`: the contracts in schema/ that clients, auditors and editors read, written or checked for drift."""

from __future__ import annotations

import asyncio
import difflib
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from honeyguide.caller import Audience
from honeyguide.database.embedded import DATABASE, EmbeddedServer
from honeyguide.database.lint import lint_database, lint_statements
from honeyguide.database.migrate import migrate
from honeyguide.database.structure import dump_structure

_NO_BREAKS = "# Breaks since the last release that a review let pass: each as `make check` prints it, under a line that says why.\n"


@click.command("schema")
@click.option("--check", is_flag=True, help="Write nothing; fail when a file differs from what the code would write.")
@click.option("--release", is_flag=True, help="Keep the SDL as what is released now: later changes must not break it.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("schema"), show_default=True)
def schema_command(check: bool, release: bool, folder: Path) -> None:
    """Write what is generated: SDL, manifests of trusted documents, the JSON Schema of a program file, the database, docs/errors.md; and lint."""
    structure, findings = _structure()
    files = {f"{audience}.graphql": _sdl(audience) for audience in Audience}
    files |= {f"operations/{audience}.manifest.json": _manifest(audience) for audience in Audience}
    files |= {"program.schema.json": _program_schema(), "database.sql": structure, "../docs/errors.md": _errors_page()}
    if release:
        findings += _short_notices(folder / "released", files)
        files |= {f"released/{audience}.graphql": files[f"{audience}.graphql"] for audience in Audience} | {
            "released/accepted-breaks.txt": _NO_BREAKS
        }
    else:
        findings += _breaks(folder / "released", files)
    findings += lint_statements()
    for finding in findings:
        click.echo(finding, err=True)
    stale = [name for name, text in files.items() if not _settle(folder / name, text, check)]
    if stale:
        click.echo(f"{', '.join(stale)} in {folder}/ differ from the code: run `make schema`", err=True)
    sys.exit(1 if findings or stale else 0)


def _breaks(folder: Path, files: Mapping[str, str]) -> list[str]:
    """What would break apps that are installed, since the last release; what may surprise them is told."""
    from honeyguide.api.contract.released import accepted_in, breaks, risks

    findings, accepted, today = [], accepted_in(folder), datetime.now(UTC).date()
    for audience in Audience:
        released = folder / f"{audience}.graphql"
        if not released.exists():
            continue
        text, now_sdl = released.read_text(encoding="utf-8"), files[f"{audience}.graphql"]
        findings += [f"{audience} API breaks apps: {line}" for line in breaks(text, now_sdl, accepted, today)]
        for line in risks(text, now_sdl):
            click.echo(f"{audience} API, worth a line in CHANGELOG.md: {line}")
    return findings


def _short_notices(folder: Path, files: Mapping[str, str]) -> list[str]:
    from honeyguide.api.contract.released import short_notice

    findings, today = [], datetime.now(UTC).date()
    for audience in Audience:
        path = folder / f"{audience}.graphql"
        before = path.read_text(encoding="utf-8") if path.exists() else files[f"{audience}.graphql"]
        findings += [f"{audience} API announces too late: {line}" for line in short_notice(before, files[f"{audience}.graphql"], today)]
    return findings


def _settle(path: Path, text: str, check: bool) -> bool:
    """Whether the file holds the text, after writing it where that is wanted."""
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    if found == text:
        return True
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path}")
        return True
    difference = difflib.unified_diff(found.splitlines(), text.splitlines(), str(path), "from the code", lineterm="", n=2)
    for line in list(difference)[:40]:
        click.echo(line, err=True)
    return False


def _sdl(audience: Audience) -> str:
    from honeyguide.api.contract.sdl import sdl

    return sdl(audience).strip() + "\n"


def _manifest(audience: Audience) -> str:
    """Of the documents that we ship, once they fit the schema."""
    from honeyguide.api.trusted.folder import read_operations, shipped_folder
    from honeyguide.api.trusted.load import validated
    from honeyguide.api.trusted.manifest import write_manifest

    found = read_operations(shipped_folder(), audience, manifests=False)
    validated(audience, found)
    return write_manifest(found)


def _errors_page() -> str:
    from honeyguide.api.contract.errors_page import errors_page

    return errors_page()


def _program_schema() -> str:
    from honeyguide.programs.json_schema import json_schema

    return orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def _structure() -> tuple[str, list[str]]:
    """Migrate an empty database of a passing server; its structure, and what the lint has to say about it."""
    with tempfile.TemporaryDirectory(prefix="honeyguide-schema-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # root's PostgreSQL runs as another user, which must get through
        with EmbeddedServer.open(folder) as server:
            asyncio.run(migrate(server.owner_url))
            return dump_structure(server.socket_folder, DATABASE), asyncio.run(lint_database(server.owner_url))
