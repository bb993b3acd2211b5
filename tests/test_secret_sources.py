"""Secrets from files and from a key service's program: bounded, checked, never shown."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from honeyguide import secret_sources
from honeyguide.secret_sources import SecretUnreadable, secret_settings
from honeyguide.settings import Settings

SECRET = "a-secret-of-more-than-thirty-two-characters"


def file(folder: Path, content: str | bytes = SECRET, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return str(path)


def program(folder: Path, code: str) -> str:
    path = folder / "key_service.py"
    path.write_text(code)
    return f"{sys.executable} '{path}' --region 'a b'"


def told(secret: object) -> str:
    return secret.get_secret_value()  # type: ignore[attr-defined,no-any-return]


def test_every_secret_setting_can_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are added later."""
    for name, variables in secret_settings(Settings).items():
        with monkeypatch.context() as context:
            context.setenv(f"{variables[0]}_FILE", file(tmp_path, SECRET + "\n"))

            assert told(getattr(Settings(), name)) == SECRET

    assert {"secret_key", "secret_key_before", "database_url", "apple_key_password"} <= set(secret_settings(Settings))


def test_the_usual_names_of_other_tools_have_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", file(tmp_path, "postgresql://app:word@db/honeyguide"))

    assert told(Settings().database_url) == "postgresql://app:word@db/honeyguide"


@pytest.mark.parametrize(("mode", "refused"), [(0o600, False), (0o640, False), (0o644, True), (0o604, True)])
def test_production_refuses_a_secret_file_that_everybody_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, refused: bool
) -> None:
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY_FILE", file(tmp_path, mode=mode))
    monkeypatch.setenv("HONEYGUIDE_ENVIRONMENT", "production")
    monkeypatch.setenv("HONEYGUIDE_PUBLIC_URL", "https://loyalty.example")

    if refused:
        with pytest.raises(SecretUnreadable, match="read by everybody"):
            Settings()
    else:
        assert told(Settings().secret_key) == SECRET


def test_a_secret_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY_FILE", file(tmp_path))
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY", SECRET)

    with pytest.raises(SecretUnreadable, match="both set"):
        Settings()


def test_a_file_that_is_none_is_refused_without_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, why in ((tmp_path / "pipe", "no file"), (tmp_path, "no file|directory"), (tmp_path / "missing", "cannot be read")):
        monkeypatch.setenv("HONEYGUIDE_SECRET_KEY_FILE", str(path))

        with pytest.raises(SecretUnreadable, match=why):
            Settings()


@pytest.mark.parametrize("content", ["", "\n", b"\xff\xfe", "x" * 70_000])
def test_a_file_without_a_usable_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> None:
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY_FILE", file(tmp_path, content))

    with pytest.raises(SecretUnreadable):
        Settings()


def test_a_key_services_program_gives_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"HONEYGUIDE_SECRET_KEY": SECRET, "DATABASE_URL": "postgresql://db/honeyguide"}
    monkeypatch.setenv(
        "HONEYGUIDE_SECRETS_COMMAND", program(tmp_path, f"import sys; assert sys.argv[2] == 'a b'; print({json.dumps(secrets)!r})")
    )

    settings = Settings()

    assert (told(settings.secret_key), told(settings.database_url)) == (SECRET, "postgresql://db/honeyguide")
    assert SECRET not in repr(settings)


def test_the_environment_goes_before_the_key_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONEYGUIDE_SECRETS_COMMAND", program(tmp_path, f'print(\'{{"HONEYGUIDE_SECRET_KEY": "{SECRET}"}}\')'))
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY", "another-secret-of-more-than-thirty-two-letters")

    assert told(Settings().secret_key) == "another-secret-of-more-than-thirty-two-letters"


def test_the_program_is_run_without_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONEYGUIDE_SECRETS_COMMAND", f"echo {{}}; touch {tmp_path}/owned $(touch {tmp_path}/owned)")

    with pytest.raises(SecretUnreadable):
        Settings()

    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('no json')", "no JSON object"),
        ("print('[1]')", "no JSON object"),
        ("print('{\"HONEYGUIDE_SECRET_KEY\": 5}')", "no JSON object"),
        ('print(\'{"HONEYGUIDE_SECRET_KEY": ""}\')', "no JSON object"),
        ("print('[' * 50000)", "no JSON object"),
        ('print(\'{"HONEYGUIDE_PORT": "1"}\')', "a setting that is none of"),
        ("print('{\"" + SECRET + '": "1"}\')', "a setting that is none of"),
        (f"import sys; sys.stderr.write('{SECRET}'); sys.exit(3)", "failed with status 3"),
        ("import os\nwhile True: os.write(1, b'x' * 1000)", "longer than"),
    ],
)
def test_a_program_that_fails_is_told_in_one_sentence_without_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], code: str, why: str
) -> None:
    monkeypatch.setenv("HONEYGUIDE_SECRETS_COMMAND", program(tmp_path, code))

    with pytest.raises(SecretUnreadable, match=why) as refused:
        Settings()

    assert SECRET not in str(refused.value)
    assert SECRET not in "".join(capfd.readouterr())


def test_a_program_that_is_missing_is_said() -> None:
    with pytest.raises(SecretUnreadable, match="does not start"):
        secret_sources._output(["no-such-program-anywhere"])


def test_a_program_that_never_ends_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_sources, "_PATIENCE", 0.7)
    child = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(tmp_path / 'survived')!r}).touch()"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    monkeypatch.setenv("HONEYGUIDE_SECRETS_COMMAND", program(tmp_path, code))
    began = time.monotonic()

    with pytest.raises(SecretUnreadable, match="did not end"):
        Settings()

    assert time.monotonic() - began < 5
    time.sleep(1.5)
    assert not (tmp_path / "survived").exists()
