"""The doctor as an operator calls it, and what serve and worker refuse by the same check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from honeyguide.doctor import registry
from honeyguide.doctor.command import doctor_command
from honeyguide.identity.keys import open_key_ring
from honeyguide.web import serve_command
from honeyguide.worker import worker_command

SECRET = "4f8b1c92d0e37a65" * 4
CHECKS = Path(registry.__file__).with_name("checks")


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "HONEYGUIDE_DATA_DIR": str(tmp_path)}


def test_every_check_is_called() -> None:
    files = {path.stem.replace("_", " ") for path in CHECKS.glob("*.py")} - {"  init  "}

    assert files == set(registry.CHECKS)


def test_a_healthy_installation_ends_with_0(environment: dict[str, str]) -> None:
    said = CliRunner().invoke(doctor_command, [], env=environment)

    assert said.exit_code == 0, said.output
    assert "FAILURE" not in said.output and "ok       keys:" in said.output


def test_a_failure_ends_with_1_and_says_what_to_do_and_no_secret(environment: dict[str, str]) -> None:
    said = CliRunner().invoke(doctor_command, [], env={**environment, "HONEYGUIDE_HOST": "0.0.0.0", "HONEYGUIDE_SECRET_KEY": "x" * 40})

    assert said.exit_code == 1
    assert "FAILURE  keys: the secret key is an example, or can be guessed\n         do: openssl rand -hex 32" in said.output
    assert "x" * 40 not in said.output


def test_machines_read_json(environment: dict[str, str]) -> None:
    said = CliRunner().invoke(doctor_command, ["--json"], env={**environment, "HONEYGUIDE_HOST": "0.0.0.0"})

    told = json.loads(said.output)
    assert said.exit_code == 1 and told["healthy"] is False
    assert {one["check"] for one in told["findings"]} >= {"keys", "exposure", "database"}
    assert all(one.keys() == {"check", "level", "says", "do"} for one in told["findings"])


def test_an_installation_without_anything_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    said = CliRunner().invoke(doctor_command, [], env={"HONEYGUIDE_DATA_DIR": str(tmp_path / "none"), "DATABASE_URL": ""})

    assert said.exit_code == 1 and "there is no database yet" in said.output
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", [serve_command, worker_command])
def test_keys_of_the_demo_do_not_serve_where_others_can_reach_them(command: object, environment: dict[str, str]) -> None:
    """security.md: the demo goes to production."""
    said = CliRunner().invoke(command, [], env={**environment, "HONEYGUIDE_HOST": "0.0.0.0", "HONEYGUIDE_PORT": "1"})  # type: ignore[arg-type]

    assert said.exit_code == 1
    assert "keys of development work on this machine only" in said.output


def test_a_production_folder_that_was_a_demo_is_refused_by_the_real_command(environment: dict[str, str], tmp_path: Path) -> None:
    honeyguide = [str(Path(sys.executable).with_name("honeyguide"))]
    production = {"HONEYGUIDE_ENVIRONMENT": "production", "HONEYGUIDE_PUBLIC_URL": "https://loyalty.test", "HONEYGUIDE_SECRET_KEY": SECRET}
    open_key_ring(tmp_path / "keys" / "tokens", create=True)

    said = subprocess.run(
        [*honeyguide, "serve"], env={**os.environ, **environment, **production}, capture_output=True, text=True, timeout=60, check=False
    )

    assert said.returncode == 1
    assert "access tokens are signed with the key that development made up" in said.stderr
    assert "Traceback" not in said.stderr


def test_the_checklist_for_the_first_phones_is_named_and_quotes_what_we_really_say(environment: dict[str, str]) -> None:
    root = Path(__file__).parents[2]
    page, readme = (root / "docs" / "first-phones.md").read_text(), (root / "README.md").read_text()
    source = "".join(path.read_text() for path in (root / "src" / "honeyguide" / "wallet").rglob("*.py"))

    said = CliRunner().invoke(doctor_command, [], env=environment)

    assert "docs/first-phones.md" in said.output and "docs/first-phones.md" in readme
    for words in (
        "a changed pass certificate is not used",
        "cannot be used: ",
        "SigningRefused",
        "honeyguide_certificate_left_seconds",
    ):
        assert words in page and words in source
