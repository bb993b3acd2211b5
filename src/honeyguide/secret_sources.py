"""Where secrets come from besides the environment: files (NAME_FILE), and a program that asks a key service."""

from __future__ import annotations

import json
import os
import selectors
import shlex
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, get_args

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

COMMAND: Final = "HONEYGUIDE_SECRETS_COMMAND"
_LONGEST: Final = 64 * 1024
_PATIENCE: Final = 15.0  # seconds until the program must have ended
_OTHERS: Final = stat.S_IRWXO


class SecretUnreadable(Exception):
    """A file or program that should give a secret does not; the message names the setting, never a value."""


class SecretFiles(PydanticBaseSettingsSource):
    """`HONEYGUIDE_SECRET_KEY_FILE` and the like, for each setting that is a secret: what orchestrators mount."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False  # all at once, below

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, variables in secret_settings(self.settings_cls).items():
            for variable in variables:
                path = os.environ.get(f"{variable}_FILE")
                if path and os.environ.get(variable):
                    raise SecretUnreadable(f"{variable} and {variable}_FILE are both set: which one counts?")
                if path:
                    found.setdefault(name, _file_content(Path(path), f"{variable}_FILE", strict=_production(self.current_state)))
        return found


class SecretsCommand(PydanticBaseSettingsSource):
    """HONEYGUIDE_SECRETS_COMMAND: a program (no shell) that prints {"HONEYGUIDE_SECRET_KEY": "...", ...} as JSON."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        command = os.environ.get(COMMAND)
        if not command:
            return {}
        try:
            said = json.loads(_output(shlex.split(command)))
        except (ValueError, RecursionError):
            raise SecretUnreadable(f"what the program of {COMMAND} prints is no JSON object of names and values") from None
        return _named(said, {variable: name for name, all_ in secret_settings(self.settings_cls).items() for variable in all_})


def secret_settings(settings_class: type[BaseSettings]) -> Mapping[str, tuple[str, ...]]:
    """The variables of each setting that is a secret."""
    prefix = settings_class.model_config.get("env_prefix", "")
    found: dict[str, tuple[str, ...]] = {}
    for name, field in settings_class.model_fields.items():
        if field.annotation is SecretStr or SecretStr in get_args(field.annotation):
            alias = field.validation_alias
            choices = [str(one) for one in alias.choices] if isinstance(alias, AliasChoices) else [f"{prefix}{name}".upper()]
            found[name] = tuple(choices)
    return found


def _production(state: Mapping[str, Any]) -> bool:
    """As told so far by what was passed in or stands in the environment."""
    return (state.get("environment") or os.environ.get("HONEYGUIDE_ENVIRONMENT")) == "production"


def _file_content(path: Path, variable: str, *, strict: bool) -> str:
    try:
        # Without waiting: a pipe with nobody at its other end would hold up the start for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            kind = os.fstat(file.fileno())
            if not stat.S_ISREG(kind.st_mode):
                raise SecretUnreadable(f"{variable} names no file")
            if strict and kind.st_mode & _OTHERS:
                raise SecretUnreadable(f"the file of {variable} can be read by everybody on this machine: chmod o-rwx")
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise SecretUnreadable(f"the file of {variable} cannot be read: {error.strerror}") from None
    text = _text(content, f"the file of {variable}").rstrip("\r\n")
    if not text:
        raise SecretUnreadable(f"the file of {variable} is empty")
    return text


def _output(argv: list[str]) -> str:
    """What the program prints, within the time and size allowed; its standard error goes nowhere: it may quote secrets."""
    try:
        program = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise SecretUnreadable(f"the program of {COMMAND} does not start: {error.strerror}") from None
    assert program.stdout is not None
    ends = time.monotonic() + _PATIENCE
    try:
        text = _text(_read(program.stdout, ends), f"what the program of {COMMAND} prints")
        status = program.wait(max(0.0, ends - time.monotonic()))
    except (TimeoutError, subprocess.TimeoutExpired):
        raise SecretUnreadable(f"the program of {COMMAND} did not end within {_PATIENCE:.0f} seconds") from None
    finally:
        program.stdout.close()
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)  # with what it may have started
            program.wait()
    if status != 0:
        raise SecretUnreadable(f"the program of {COMMAND} failed with status {status}")
    return text


def _read(pipe: IO[bytes], ends: float) -> bytes:
    content = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while len(content) <= _LONGEST:
            if not selector.select(max(0.0, ends - time.monotonic())):
                raise TimeoutError
            part = os.read(pipe.fileno(), _LONGEST)
            if not part:
                break
            content += part
    return content


def _text(content: bytes, what: str) -> str:
    if len(content) > _LONGEST:
        raise SecretUnreadable(f"{what} is longer than {_LONGEST} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise SecretUnreadable(f"{what} is no text") from None


def _named(said: object, settings: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(said, dict) or not all(isinstance(value, str) and value for value in said.values()):
        raise SecretUnreadable(f"what the program of {COMMAND} prints is no JSON object of names and values")
    for name in said:
        if name not in settings:
            # A name is no secret, but nobody knows what else this program prints.
            raise SecretUnreadable(f"the program of {COMMAND} names a setting that is none of {', '.join(sorted(settings))}")
    return {settings[name]: value for name, value in said.items()}
