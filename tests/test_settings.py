"""Settings: read from the environment, made up in development only, and never shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from honeyguide.settings import Settings, load_settings

SECRET = "a-secret-of-more-than-thirty-two-characters"


def test_every_setting_says_what_it_is_for() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]

    assert [name for name in silent if name != "environment"] == []


def test_the_usual_names_of_other_tools_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:word@db/honeyguide")
    monkeypatch.setenv("HONEYGUIDE_PORT", "9000")

    settings = Settings()

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://app:word@db/honeyguide"
    assert settings.url == "http://127.0.0.1:9000"


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert Settings().database_url is None


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:word@db/honeyguide")

    shown = repr(Settings(secret_key=SECRET, apple_key_password="open"))  # type: ignore[arg-type]

    assert SECRET not in shown
    assert "word@" not in shown
    assert "'open'" not in shown


def test_development_makes_one_secret_and_keeps_it_even_when_two_start_at_once(tmp_path: Path) -> None:
    def secret(_: int) -> str:
        key = load_settings(data_dir=tmp_path).secret_key
        assert key is not None
        return key.get_secret_value()

    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(secret, range(16)))

    assert len(secrets) == 1
    assert (tmp_path / "keys" / "secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secret"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "HONEYGUIDE_SECRET_KEY is needed"),
        ({"secret_key": SECRET}, "HONEYGUIDE_PUBLIC_URL must be an https"),
        ({"secret_key": SECRET, "public_url": "http://loyalty.example"}, "HONEYGUIDE_PUBLIC_URL must be an https"),
        ({"secret_key": "short"}, "at least 32 characters"),
    ],
)
def test_production_makes_nothing_up(given: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Settings(environment="production", **given)  # type: ignore[arg-type]
