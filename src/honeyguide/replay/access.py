"""Where the server is and who we are there: read from a file such as demo.json, never from the command line."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from honeyguide.replay.api import Credentials
from honeyguide.replay.posts import FUEL, GROCER


class AccessMissing(Exception):
    """The message says what the file lacks."""


@dataclass(frozen=True, slots=True)
class Access:
    """The operator's token is for the summary's figures; it may be missing or over."""

    url: str
    partners: Mapping[str, Credentials]
    operator_token: str | None = field(repr=False)
    program_id: UUID


def read_access(path: Path) -> Access:
    """Raises AccessMissing."""
    try:
        facts = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise AccessMissing(f"{path} does not exist: is `make demo` running? Or name a file with --credentials") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise AccessMissing(f"{path} cannot be read ({type(error).__name__})") from None
    try:
        partners = {GROCER: _credentials(facts["partner"]), FUEL: _credentials(facts["fuel"])}
        operator = facts.get("operator", {}).get("token")
        program_id = facts.get("program_id") or _claim(facts["partner"]["token"], "program")
        return Access(str(facts["url"]).rstrip("/"), partners, operator, UUID(program_id))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise AccessMissing(f"{path} lacks {error}: it needs url, partner and fuel (client_id, client_secret), program_id") from None


def _credentials(facts: Mapping[str, Any]) -> Credentials:
    return Credentials(str(facts["client_id"]), str(facts["client_secret"]))


def _claim(token: str, name: str) -> str:
    """A claim of our own token, unverified: the server verifies it, we only want to know which program it is for."""
    try:
        payload = token.split(".")[1]
        return str(orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[name])
    except (IndexError, binascii.Error, orjson.JSONDecodeError):
        raise KeyError("program_id") from None
