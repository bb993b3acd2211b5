"""The command line: quick to start, and trouble that an operator can mend is one line."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from honeyguide.cli import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")

    assert isinstance(getattr(import_module(module), attribute), click.Command)


def test_help_imports_no_command() -> None:
    script = "import sys; from honeyguide.cli import honeyguide; honeyguide(['--help'], standalone_mode=False); print(sorted(sys.modules))"

    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert "Bring the database to this release's structure" in shown
    assert "'asyncpg'" not in shown
    assert "'strawberry'" not in shown


def test_a_database_that_is_down_is_one_line_without_the_password(data_dir: Path) -> None:
    result = honeyguide("migrate", DATABASE_URL="postgresql://app:pass-word@127.0.0.1:1/nowhere")

    assert result.returncode == 1
    assert result.stderr.startswith("honeyguide: the database does not answer")
    assert result.stderr.count("\n") == 1
    assert "pass-word" not in result.stderr


def test_a_wrong_setting_is_named_without_its_value() -> None:
    result = honeyguide("migrate", HONEYGUIDE_SECRET_KEY="too-short-a-secret")

    assert result.returncode == 1
    assert "HONEYGUIDE_SECRET_KEY" in result.stderr
    assert "too-short-a-secret" not in result.stderr


def test_migrate_works_on_the_embedded_server_and_beside_one_that_runs(data_dir: Path) -> None:
    first = honeyguide("migrate", HONEYGUIDE_DATA_DIR=str(data_dir))
    again = honeyguide("migrate", HONEYGUIDE_DATA_DIR=str(data_dir))
    check = honeyguide("migrate", "--check", HONEYGUIDE_DATA_DIR=str(data_dir))

    assert first.stdout.startswith("applied 0001_tables\n")
    assert again.stdout.startswith("nothing to do")
    assert (check.returncode, check.stdout) == (0, "the database serves\n")


def honeyguide(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "honeyguide.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
