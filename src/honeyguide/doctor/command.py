"""`honeyguide doctor`: what is wrong, what to do; exit status 1 when something fails."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from honeyguide.doctor.demo_keys import refused_demo_keys
from honeyguide.doctor.examine import examine
from honeyguide.doctor.finding import Finding, Level
from honeyguide.settings import Settings

_MARKS = {Level.GOOD: "ok     ", Level.WARNING: "warning", Level.FAILURE: "FAILURE", Level.UNCHECKED: "?      "}
_PHONES = "Before the first real phone: docs/first-phones.md, what to prepare, what to see, what the log lines mean."


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def doctor_command(as_json: bool) -> None:
    """Examine this installation; run it as the user that serves, with the same settings."""
    found = asyncio.run(examine(Settings(), datetime.now(UTC)))
    click.echo(_in_json(found) if as_json else _in_words(found))
    if any(one.level is Level.FAILURE for findings in found.values() for one in findings):
        sys.exit(1)


def refuse_demo_keys(settings: Settings) -> None:
    """For `serve` and `worker`, before they begin: the same check as doctor's; raises ClickException."""
    if refused := refused_demo_keys(settings):
        told = "; ".join(f"{one.says} ({one.do})" for one in refused)
        raise click.ClickException(f"keys of development work on this machine only, and others can reach this server: {told}")


def _in_words(found: Mapping[str, Sequence[Finding]]) -> str:
    lines = []
    for name, findings in found.items():
        for one in findings:
            lines.append(f"{_MARKS[one.level]}  {name}: {one.says}")
            if one.do:
                lines.append(f"         do: {one.do}")
    return "\n".join([*lines, "", _PHONES])


def _in_json(found: Mapping[str, Sequence[Finding]]) -> str:
    findings = [{"check": name, **asdict(one)} for name, all_ in found.items() for one in all_]
    return json.dumps({"healthy": all(one["level"] != Level.FAILURE for one in findings), "findings": findings}, indent=2)
