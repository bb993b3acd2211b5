"""`honeyguide program check` and `apply` as a person at a shell sees them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from builders.programs import source
from honeyguide.programs.commands import program


def test_check_accepts_a_valid_file(tmp_path: Path) -> None:
    file = tmp_path / "club.yaml"
    file.write_text(source())

    result = CliRunner().invoke(program, ["check", str(file)])

    assert (result.exit_code, "a valid program file: club" in result.output) == (0, True)


def test_check_names_file_line_and_column_of_a_typo_and_exits_with_one(tmp_path: Path) -> None:
    file = tmp_path / "club.yaml"
    file.write_text(source().replace("currency: USD", "curency: USD"))

    result = CliRunner().invoke(program, ["check", str(file)])

    assert result.exit_code == 1
    assert f"{file}:6:1: unknown key `curency` (did you mean currency?)" in result.output


def test_check_refuses_what_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "club.yaml"
    file.write_bytes(b"\xff\xfe\x00")

    assert CliRunner().invoke(program, ["check", str(file)]).exit_code == 1


def test_apply_puts_a_file_in_force_and_refuses_an_old_edit(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HONEYGUIDE_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "club.yaml"
    file.write_text(source())

    first = CliRunner().invoke(program, ["apply", str(file)])
    file.write_text(source() + "# edited\n")
    late = CliRunner().invoke(program, ["apply", str(file), "--expect", "4"])

    assert "version 1 of club is in force" in first.output
    assert (late.exit_code, "version 1 is in force, not 4" in late.output) == (1, True)


def test_apply_says_that_the_database_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("HONEYGUIDE_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "club.yaml"
    file.write_text(source())

    result = CliRunner().invoke(program, ["apply", str(file)])

    assert (result.exit_code, "nothing was applied" in result.output) == (1, True)
